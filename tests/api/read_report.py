"""Reads a report with the client that openapi-python-client has generated.

Usage: read_report.py SERVER KEY CAMPAIGN, with the generated package `generated_client` on PYTHONPATH.
"""

import sys

from generated_client import AuthenticatedClient
from generated_client.api.reports import read_campaign_report
from generated_client.models import YieldReport

server, key, campaign = sys.argv[1:]
client = AuthenticatedClient(base_url=server, token=key)
report = read_campaign_report.sync(campaign, client=client)
assert isinstance(report, YieldReport), report
assert report.campaign == campaign, report.campaign
leads = sum(row.leads for row in report.rows) + report.unattributed.leads
assert leads == report.total.leads == 1, (leads, report.total.leads)
assert [step.step for step in report.funnel][:2] == ["impressions", "clicks"], report.funnel
assert not report.additional_properties and not report.rows[0].additional_properties, report.rows[0]
print(f"the Python client reads {leads:g} lead of {report.campaign_name!r}")
