//! Notes to the operator that several webhooks of Shopify share.

/// On an order in the shop's test mode.
pub(super) const TEST_ORDER: &str =
    "an order in the shop's test mode; set `accept_test` to count such orders";
