"""Reads a report, and imports rates, with the client that openapi-python-client has generated.

Usage: read_report.py SERVER KEY CAMPAIGN, with the generated package `generated_client` on PYTHONPATH.
"""

import io
import sys

from generated_client import AuthenticatedClient
from generated_client.api.rates import import_rates
from generated_client.api.reports import read_campaign_report
from generated_client.models import RateImportResult, YieldReport
from generated_client.types import File

server, key, campaign = sys.argv[1:]
client = AuthenticatedClient(base_url=server, token=key)
report = read_campaign_report.sync(campaign, client=client)
assert isinstance(report, YieldReport), report
assert report.campaign == campaign, report.campaign
leads = sum(row.leads for row in report.rows) + report.unattributed.leads
assert leads == report.total.leads == 1, (leads, report.total.leads)
assert [step.step for step in report.funnel][:2] == ["impressions", "clicks"], report.funnel
assert not report.additional_properties and not report.rows[0].additional_properties, report.rows[0]
rates = File(payload=io.BytesIO(b"Date,USD\n2026-03-10,1.0900\n"))
imported = import_rates.sync(client=client, body=rates)
assert isinstance(imported, RateImportResult), imported
assert imported.currencies == ["USD"], imported
print(f"the Python client reads {leads:g} lead of {report.campaign_name!r}")
