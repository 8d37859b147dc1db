"""Sends what a request on standard input asks for, by the official libraries in Python, and prints what was answered:
a list of {"by", "status"}. `time` is in seconds since 1970."""

import json
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone

import segment.analytics.request
import standardwebhooks
import stripe
import svix
from dateutil.parser import isoparse
from segment.analytics.client import Client

asked = json.load(sys.stdin)
answers = []


def post(by, url, headers, body):
    request = urllib.request.Request(
        url, body.encode(), {"content-type": "application/json", **headers}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    answers.append({"by": by, "status": status})


for case in asked.get("standard", []):
    for name, library in {"standardwebhooks": standardwebhooks, "svix": svix}.items():
        prefix = "svix" if name == "svix" else "webhook"
        own = f"{case['id']}-pypi-{name}"
        at = datetime.fromtimestamp(asked["time"], tz=timezone.utc)
        signature = library.Webhook(case["secret"]).sign(own, at, case["body"])
        headers = {
            f"{prefix}-id": own,
            f"{prefix}-timestamp": str(asked["time"]),
            f"{prefix}-signature": signature,
        }
        post(f"PyPI {name} with {case['secret']}", case["url"], headers, case["body"])


def noting(response, *_, **__):
    answers.append({"by": "PyPI segment-analytics-python", "status": response.status_code})


segment.analytics.request._session.hooks["response"].append(noting)
for case in asked.get("segment", []):
    client = Client(case["writeKey"], host=case["host"], gzip=case["gzip"], max_retries=0)
    for event in case["events"]:
        client.track(
            user_id=event["userId"],
            event=event["event"],
            properties=event["properties"],
            context=event.get("context"),
            timestamp=isoparse(event["timestamp"]),
            message_id=event["messageId"],
        )
    client.page(user_id=case["events"][0]["userId"], name="Home")
    client.shutdown()

for case in asked.get("stripe", []):
    for event in case["events"]:
        payload = json.dumps(event, indent=2)
        signature = stripe.WebhookSignature.generate_signature_header(
            payload, case["secret"], timestamp=asked["time"]
        )
        post(f"PyPI stripe {event['type']}", case["url"], {"stripe-signature": signature}, payload)

print(json.dumps(answers))
