// Sends what a request on standard input asks for, by the official libraries in JavaScript, and prints what was
// answered: a list of {"by", "status"}. `time` is in seconds since 1970.
import fs from "node:fs";
import path from "node:path";
import { Analytics } from "@segment/analytics-node";
import * as standardwebhooks from "standardwebhooks";
import Stripe from "stripe";
import * as svix from "svix";

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const answers = [];

async function post(by, url, headers, body) {
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
  answers.push({ by, status: answer.status });
}

for (const { url, secret, id, body } of asked.standard ?? []) {
  for (const [name, library] of Object.entries({ standardwebhooks, svix })) {
    const prefix = name === "svix" ? "svix" : "webhook";
    const own = `${id}-npm-${name}`;
    const signature = new library.Webhook(secret).sign(own, new Date(asked.time * 1000), body);
    const headers = { [`${prefix}-id`]: own, [`${prefix}-timestamp`]: `${asked.time}`, [`${prefix}-signature`]: signature };
    await post(`npm ${name} with ${secret}`, url, headers, body);
  }
}

for (const { host, path, writeKey, events } of asked.segment ?? []) {
  const analytics = new Analytics({ host, path, writeKey, maxRetries: 0 });
  analytics.on("http_response", ({ status }) => answers.push({ by: "npm @segment/analytics-node", status }));
  analytics.on("error", () => {});
  for (const { timestamp, ...event } of events) analytics.track({ ...event, timestamp: new Date(timestamp) });
  analytics.page({ userId: events[0].userId, name: "Home" });
  await analytics.closeAndFlush({ timeout: 20_000 });
}

// The types of the library say what may come: each event, and each status of what is counted.
function mayCome(fixtures) {
  const resources = path.join(import.meta.dirname ?? ".", "node_modules/stripe/cjs/resources");
  const text = (name) => fs.readFileSync(path.join(resources, name), "utf8");
  const words = (name, type) => {
    const declared = new RegExp(`\\btype ${type} = ([^;]*);`).exec(text(name));
    return [...declared[1].matchAll(/'([a-z_]+)'/g)].map((found) => found[1]).concat("of_next_year");
  };
  const known = new Map();
  for (const file of fs.readdirSync(fixtures)) {
    const event = JSON.parse(fs.readFileSync(path.join(fixtures, file), "utf8"));
    if (event.object === "event" && event.livemode) known.set(event.type, event);
  }
  const types = [...text("Events.d.ts").matchAll(/^ {4}type: '([a-z0-9_.]+)';$/gm)].map((found) => found[1]);
  if (types.length < 200) throw new Error(`only ${types.length} types of events were found`);
  for (const type of types) {
    const like = type.startsWith("charge.dispute.") ? "charge.dispute.created" : type === "charge.refund.updated" && "refund.updated";
    if (like && !known.has(type)) known.set(type, { ...known.get(like), type });
  }
  const sample = known.get("invoice.paid");
  const events = types.concat("of.next_year").map((type) =>
    ({ ...sample, type, data: { object: { id: "obj_1", object: "of_next_year" } } }));
  events.push(...known.values());
  const withField = (type, field, value) => {
    const event = structuredClone(known.get(type));
    event.data.object[field] = value;
    return event;
  };
  for (const status of words("Disputes.d.ts", "Status")) events.push(withField("charge.dispute.created", "status", status));
  for (const status of words("Checkout/Sessions.d.ts", "PaymentStatus")) events.push(withField("checkout.session.completed", "payment_status", status));
  for (const mode of words("Checkout/Sessions.d.ts", "Mode")) events.push(withField("checkout.session.completed", "mode", mode));
  for (const status of words("InvoicePayments.d.ts", "Status")) events.push(withField("invoice_payment.paid", "status", status));
  for (const status of words("Charges.d.ts", "Status")) events.push(withField("charge.captured", "status", status));
  // Of refunds the type is any text; these are in its description.
  for (const status of ["pending", "requires_action", "succeeded", "failed", "canceled", "of_next_year", null]) {
    events.push(withField("refund.updated", "status", status));
  }
  return events.map((event) => ({ ...event, api_version: Stripe.API_VERSION ?? event.api_version }));
}

for (const { url, secret, fixtures, events } of asked.stripe ?? []) {
  const stripe = new Stripe("sk_test_none");
  const all = events.concat(fixtures ? mayCome(fixtures) : []);
  for (const event of all) {
    const payload = JSON.stringify(event, null, 2);
    const signature = stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: asked.time });
    await post(`npm stripe ${event.type}`, url, { "stripe-signature": signature }, payload);
  }
}

console.log(JSON.stringify(answers));
