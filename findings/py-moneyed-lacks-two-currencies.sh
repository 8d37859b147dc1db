#!/usr/bin/env bash
# py-moneyed refuses money of Curaçao, Sint Maarten and Zimbabwe
#
# ISO 4217 has ZWG since 2024 and XCG since 2025, and shops there are paid in nothing else.
# pycountry 26.2.16 has both. py-moneyed 3.0 takes neither, though it takes ANG and ZWL, whose place
# they took, so a webhook's amount cannot be held in it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check py-moneyed==3.0 pycountry==26.2.16

cat > run.py <<'END'
import moneyed
import pycountry

for code in ("XCG", "ANG", "ZWG", "ZWL"):
    try:
        taken = str(moneyed.Money("49.90", code).currency.code)
    except moneyed.CurrencyDoesNotExist:
        taken = "no such currency"
    listed = "in force" if pycountry.currencies.get(alpha_3=code) else "not in force"
    print(f"{code}: pycountry {listed}, py-moneyed {taken}")
END
seen=$(env/bin/python run.py)

expected=$(cat <<'END'
XCG: pycountry in force, py-moneyed no such currency
ANG: pycountry not in force, py-moneyed ANG
ZWG: pycountry in force, py-moneyed no such currency
ZWL: pycountry not in force, py-moneyed ZWL
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
