-- How far old clicks of each class are dropped already.
CREATE TABLE click_retention (
    class       TEXT PRIMARY KEY,
    done_until  INTEGER NOT NULL -- no click of this class before this moment is left
) STRICT;
