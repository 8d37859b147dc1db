-- Rates of exchange, as an operator loaded them; the whole installation's.
CREATE TABLE exchange_rate (
    currency   TEXT NOT NULL,
    day        INTEGER NOT NULL, -- since 1970-01-01
    rate       TEXT NOT NULL, -- units of the currency for one EUR, a decimal as it was written
    source     TEXT NOT NULL, -- whose rate it is
    loaded_at  INTEGER NOT NULL,
    PRIMARY KEY (currency, day)
) STRICT, WITHOUT ROWID;

-- What a credit is worth in its campaign's currency where its own is another; the amount with its rates
-- is written once, when there are rates for it.
ALTER TABLE credit ADD COLUMN converted_to TEXT; -- the campaign's currency; NULL where it is the credit's own
ALTER TABLE credit ADD COLUMN converted INTEGER; -- minor units of it; NULL without rates
ALTER TABLE credit ADD COLUMN rate_day INTEGER; -- of both rates
ALTER TABLE credit ADD COLUMN rate_from TEXT; -- of `currency`
ALTER TABLE credit ADD COLUMN rate_to TEXT; -- of `converted_to`
UPDATE credit SET converted_to = (SELECT c.currency FROM campaign c WHERE c.id = credit.campaign_id)
    WHERE amount IS NOT NULL
    AND currency <> (SELECT c.currency FROM campaign c WHERE c.id = credit.campaign_id);
CREATE INDEX credit_unconverted ON credit (earned_at, conversion_id)
    WHERE converted_to IS NOT NULL AND converted IS NULL;
