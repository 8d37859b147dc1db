//! The request that is sent again and again: an order of many lines, as a shop tells of it, signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// What signs it.
pub(crate) const SECRET: &str = "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";

/// The header of the signature.
pub(crate) const SIGNATURE: &str = "x-shopify-hmac-sha256";

/// Bytes that the body has at least; a line has some 900.
const AT_LEAST: usize = 20_000;

/// The body.
pub(crate) fn body() -> String {
    let mut lines = Vec::new();
    loop {
        lines.push(line(lines.len() as u64 + 1));
        let body = order(&lines).to_string();
        if body.len() >= AT_LEAST {
            return body;
        }
    }
}

/// What the shop's signature of a body is.
pub(crate) fn sign(body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// What `wrk` sends, in Lua; the body is read from a file.
pub(crate) fn script(path: &str, file: &str, body: &str) -> String {
    let signature = STANDARD.encode(sign(body.as_bytes()));
    format!(
        "wrk.method = 'POST'\nwrk.path = '{path}'\n\
         wrk.headers['Content-Type'] = 'application/json'\n\
         wrk.headers['User-Agent'] = 'Shopify-Captain-Hook'\n\
         wrk.headers['{SIGNATURE}'] = '{signature}'\n\
         wrk.headers['X-Shopify-Topic'] = 'orders/paid'\n\
         wrk.headers['X-Shopify-Shop-Domain'] = 'lamps.example'\n\
         wrk.headers['X-Shopify-API-Version'] = '2026-01'\n\
         wrk.headers['X-Shopify-Webhook-Id'] = 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043'\n\
         wrk.headers['X-Shopify-Triggered-At'] = '2026-03-10T12:00:01.000000000Z'\n\
         local file = io.open('{file}', 'rb')\nwrk.body = file:read('*a')\nfile:close()\n"
    )
}

fn money(cents: u64) -> Value {
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    json!({"shop_money": {"amount": amount, "currency_code": "EUR"},
           "presentment_money": {"amount": amount, "currency_code": "EUR"}})
}

fn line(number: u64) -> Value {
    let cents = 1999 + number * 150;
    let price = format!("{}.{:02}", cents / 100, cents % 100);
    json!({
        "id": 14_500_000_000_000 + number,
        "admin_graphql_api_id": format!("gid://shopify/LineItem/{}", 14_500_000_000_000 + number),
        "current_quantity": 1, "fulfillable_quantity": 1, "fulfillment_service": "manual",
        "fulfillment_status": null, "gift_card": false, "grams": 1200,
        "name": format!("Desk lamp \u{201c}Lume {number}\u{201d} - Oak / Large"),
        "price": price, "price_set": money(cents), "product_exists": true,
        "product_id": 8_100_000_000_000 + number,
        "properties": [{"name": "Engraving", "value": "F\u{fc}r Anna \"with love\""}],
        "quantity": 1, "requires_shipping": true, "sku": format!("LUME-{number:04}-OAK-L"),
        "taxable": true, "title": format!("Desk lamp \u{201c}Lume {number}\u{201d}"),
        "total_discount": "0.00", "total_discount_set": money(0), "variant_id": 44_000_000_000_000 + number,
        "variant_inventory_management": "shopify", "variant_title": "Oak / Large", "vendor": "Lamps & Co",
        "tax_lines": [{"channel_liable": false, "price": "3.19", "price_set": money(319), "rate": 0.19, "title": "VAT"}],
        "duties": [], "discount_allocations": [],
    })
}

fn address() -> Value {
    json!({"first_name": "Anna", "address1": "Lindenstra\u{df}e 7", "phone": "+49 30 5550100", "city": "Berlin",
           "zip": "10969", "province": null, "country": "Germany", "last_name": "Beispiel", "address2": "",
           "company": null, "latitude": 52.50, "longitude": 13.40, "name": "Anna Beispiel",
           "country_code": "DE", "province_code": null})
}

fn order(lines: &[Value]) -> Value {
    let landing = "/products/lume?utm_source=x&utm_medium=social&utm_campaign=spring&ll_click=clk_01arz3ndektsv4rrffq69g5fav";
    json!({
        "id": 6_500_000_000_001_u64, "admin_graphql_api_id": "gid://shopify/Order/6500000000001",
        "browser_ip": "192.0.2.10", "buyer_accepts_marketing": false, "cart_token": "c1-3f6d3a5e9f",
        "checkout_id": 36_000_000_000_001_u64, "checkout_token": "7a3c0e4b5d6f", "confirmed": true,
        "client_details": {"accept_language": "de-DE", "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"},
        "contact_email": "anna@shop.example", "created_at": "2026-03-10T13:00:00+01:00", "currency": "EUR",
        "current_subtotal_price": "500.00", "current_total_price": "595.00", "current_total_price_set": money(59500),
        "discount_codes": [{"code": "ANNA10", "amount": "10.00", "type": "fixed_amount"}],
        "email": "anna@shop.example", "financial_status": "paid", "fulfillment_status": null,
        "landing_site": landing, "name": "#1001", "note": null,
        "note_attributes": [{"name": "ll_click", "value": "clk_01arz3ndektsv4rrffq69g5fav"}],
        "number": 1, "order_number": 1001, "payment_gateway_names": ["shopify_payments"],
        "processed_at": "2026-03-10T13:00:00+01:00", "referring_site": "https://t.co/AbC123",
        "source_name": "web", "subtotal_price": "500.00", "tags": "", "taxes_included": true, "test": false,
        "total_line_items_price": "510.00", "total_price": "595.00", "total_price_set": money(59500),
        "total_tax": "95.00", "updated_at": "2026-03-10T13:00:01+01:00", "user_id": null,
        "billing_address": address(), "shipping_address": address(),
        "customer": {"id": 7_300_000_000_001_u64, "email": "anna@shop.example", "first_name": "Anna",
                     "last_name": "Beispiel", "state": "disabled", "verified_email": true, "default_address": address()},
        "fulfillments": [], "line_items": lines, "refunds": [],
        "shipping_lines": [{"id": 5_400_000_000_001_u64, "code": "DHL", "price": "4.90", "price_set": money(490), "title": "DHL"}],
    })
}
