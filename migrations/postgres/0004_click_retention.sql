-- How far old clicks of each class are dropped already.
CREATE TABLE click_retention (
    class       TEXT COLLATE "C" PRIMARY KEY,
    done_until  BIGINT NOT NULL -- no click of this class before this moment is left
);

-- Drops the tables of months that ended before that moment and hold no click any more.
CREATE FUNCTION drop_empty_click_months(moment BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    month REGCLASS;
    holds BOOLEAN;
    dropped BIGINT := 0;
BEGIN
    FOR month IN
        SELECT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass('click')
            AND to_date(right(c.relname, 7), 'YYYY_MM') + INTERVAL '1 month'
                <= to_timestamp(moment / 1000) AT TIME ZONE 'UTC'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', month) INTO holds;
        IF NOT holds THEN
            EXECUTE format('DROP TABLE %s', month);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;
