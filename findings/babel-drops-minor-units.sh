#!/usr/bin/env bash
# Babel writes Hungarian and Indonesian money without its minor units
#
# Babel 2.19.0 (PyPI) takes the digits of a currency from CLDR, which says how prices are shown,
# not from ISO 4217, which says what banks count in. HUF, IDR, COP and IQD have 0 digits there and
# 2 or 3 in ISO. An export that was written by format_currency has lost them: what is read back is
# not what was spent.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check babel==2.19.0 iso4217==1.16.20260101

cat > run.py <<'END'
from decimal import Decimal
from babel.numbers import format_currency, get_currency_precision
from iso4217 import Currency
for code in ["EUR", "HUF", "IDR", "COP", "IQD"]:
    shown = format_currency(Decimal("1234.50"), code, locale="en")
    print(code, "ISO", Currency(code).exponent, "Babel", get_currency_precision(code), shown)
END
seen=$(venv/bin/python run.py)

expected=$(cat <<'END'
EUR ISO 2 Babel 2 €1,234.50
HUF ISO 2 Babel 0 HUF1,234
IDR ISO 2 Babel 0 IDR1,234
COP ISO 2 Babel 0 COP1,234
IQD ISO 3 Babel 0 IQD1,234
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
