#!/usr/bin/env bash
# Two currencies have five subunits to the unit in one library and a hundred in others
#
# ISO 4217 gives the Malagasy ariary and the Mauritanian ouguiya two decimals, though each has
# five subunits. @dinero.js/currencies 2.0.0-alpha.15 (npm) counts them in fifths; currency-codes 2.2.0 (npm)
# and iso4217 1.16.20260101 (PyPI) in hundredths. So an amount of 100 minor units is 20 MGA for
# one and 1.00 MGA for the others: minor units alone do not say how much money it is, the table
# behind them does. Leadline follows ISO 4217.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @dinero.js/currencies@2.0.0-alpha.15 currency-codes@2.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check iso4217==1.16.20260101

cat > run.js <<'END'
const dinero = require('@dinero.js/currencies');
const iso = require('currency-codes');
for (const code of ['EUR', 'MGA', 'MRU']) {
  const { base, exponent } = dinero[code];
  console.log(`${code}: 100 minor units are ${100 / base ** exponent} by dinero, ${100 / 10 ** iso.code(code).digits} by currency-codes`);
}
END
cat > run.py <<'END'
from iso4217 import Currency
for code in ["EUR", "MGA", "MRU"]:
    print(f"{code}: {100 // 10 ** Currency(code).exponent} by iso4217")
END
seen=$(node run.js; venv/bin/python run.py)

expected=$(cat <<'END'
EUR: 100 minor units are 1 by dinero, 1 by currency-codes
MGA: 100 minor units are 20 by dinero, 1 by currency-codes
MRU: 100 minor units are 20 by dinero, 1 by currency-codes
EUR: 1 by iso4217
MGA: 1 by iso4217
MRU: 1 by iso4217
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
