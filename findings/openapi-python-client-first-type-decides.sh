#!/usr/bin/env bash
# openapi-python-client reads every answer as the type that is described first
#
# An operation may answer JSON or a table, as the client asks. openapi-python-client 0.29.1 (PyPI)
# generates no choice and sends no Accept: the first described type decides how an answer is read.
# With text/csv first, a JSON answer becomes a str and no model is made. The order of a JSON
# object's members, which means nothing, so decides whether a generated client works. Besides, an
# operation that takes text/csv is left out, and so is an answer of application/x-ndjson: with
# raise_on_unexpected_status even a described 200 raises.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openapi-python-client==0.29.1 ruff==0.14.6

cat > make.py <<'END'
import json
row = {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]}
JSON, CSV = {"application/json": {"schema": row}}, {"text/csv": {"schema": {"type": "string"}}}
def get(name, content):
    return {"get": {"operationId": name, "responses": {"200": {"description": "rows", "content": content}}}}
post = {"post": {"operationId": "send_table", "requestBody": {"required": True, "content": CSV},
        "responses": {"200": {"description": "kept", "content": JSON}}}}
paths = {
    "/a": get("json_first", JSON | CSV),
    "/b": get("csv_first", CSV | JSON),
    "/c": get("lines", {"application/x-ndjson": {"schema": row}}),
    "/d": post,
}
json.dump({"openapi": "3.1.0", "info": {"title": "Tables", "version": "1"}, "paths": paths}, open("api.json", "w"))
END
venv/bin/python make.py
PATH=$PWD/venv/bin:$PATH venv/bin/openapi-python-client generate --path api.json --meta none --output-path tables >log 2>&1

cat > run.py <<'END'
import importlib, pkgutil
import httpx
from tables import Client, api
for answer in ["json_first", "csv_first", "lines"]:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"days": 7}))
    client = Client(base_url="http://rows.example", raise_on_unexpected_status=True)
    client.set_httpx_client(httpx.Client(base_url="http://rows.example", transport=transport))
    module = importlib.import_module(f"tables.api.default.{answer}")
    try:
        print(answer, type(module.sync_detailed(client=client).parsed).__name__)
    except Exception as error:
        print(answer, type(error).__name__)
import tables.api.default
print("send_table" in [module.name for module in pkgutil.iter_modules(tables.api.default.__path__)])
END
seen=$(venv/bin/python run.py)

expected=$(cat <<'END'
json_first JsonFirstResponse200
csv_first str
lines UnexpectedStatus
False
END
)
if [ "$seen" = "$expected" ]; then
    printf '%s\n' "$seen"
    echo "as described"
else
    diff <(printf '%s\n' "$expected") <(printf '%s\n' "$seen") || true
    echo "CHANGED: the behaviour is not the one described" >&2
    exit 1
fi
