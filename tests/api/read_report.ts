// Reads a report by the types that openapi-typescript has generated into `schema.ts`.
// Usage: node read_report.js SERVER KEY CAMPAIGN
import type { components, operations } from "./schema.js";

type Report = components["schemas"]["YieldReport"];
type Answer =
  operations["read_campaign_report"]["responses"][200]["content"]["application/json"];

declare const process: { argv: string[] };
const [server, key, campaign] = process.argv.slice(2);
const answer = await fetch(`${server}/api/v1/campaigns/${campaign}/report`, {
  headers: { authorization: `Bearer ${key}` },
});
const report: Answer = (await answer.json()) as Report;
const leads =
  report.rows.reduce((sum, row) => sum + row.leads, 0) + report.unattributed.leads;
const steps: string[] = report.funnel.map((step) => step.step);
if (answer.status !== 200 || leads !== 1 || report.total.leads !== 1 || steps[1] !== "clicks") {
  throw new Error(`not the report expected: ${JSON.stringify(report)}`);
}
console.log(`the TypeScript client reads ${leads} lead of "${report.campaign_name}"`);
