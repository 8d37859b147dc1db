-- What reports read of credits stands in the order in which they read it, so that no row is looked up.
DROP INDEX credit_by_campaign;
DROP INDEX credit_by_workspace;
CREATE INDEX credit_of_campaign ON credit (campaign_id, model, kind, network)
    INCLUDE (earned_at, clicked_at, occurred_at, name, currency, joined_by, weight, amount, converted, rate_day,
        network_seen, link_id, country, device, click_id, conversion_id)
    WHERE campaign_id IS NOT NULL;
CREATE INDEX credit_unattributed ON credit (workspace_id, model, earned_at, occurred_at)
    INCLUDE (kind, name, currency, network, network_seen, joined_by, weight, amount, link_id, campaign_id)
    WHERE campaign_id IS NULL;
DROP INDEX conversion_sale_by_customer;
CREATE INDEX conversion_sale_by_customer ON conversion (customer_id, occurred_at, id)
    WHERE customer_id IS NOT NULL AND kind = 'sale';
