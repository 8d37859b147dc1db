//! The meaning of the statuses of postbacks.
//!
//! # Invariants
//! Lists in the URL override the source's settings, and these override the usual meanings. An
//! unknown status is refused, and the error names it.
//!
//! # Out of scope
//! Amounts and clicks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parameters::PostbackParameters;
use crate::provider::amount;
use crate::provider::report_error::ReportError;

/// Most statuses of one meaning.
const MAX_STATUSES: usize = 50;

/// Longest status, in characters.
const MAX_STATUS: usize = 50;

/// The usual meanings.
const USUAL: [(StatusMeaning, &[&str]); 5] = [
    (
        StatusMeaning::Lead,
        &[
            "lead",
            "registration",
            "register",
            "reg",
            "signup",
            "sign_up",
        ],
    ),
    (
        StatusMeaning::Sale,
        &[
            "sale",
            "approved",
            "approve",
            "conversion",
            "purchase",
            "deposit",
            "dep",
            "ftd",
            "confirmed",
            "confirm",
            "paid",
        ],
    ),
    (StatusMeaning::Rebill, &["rebill", "upsell", "redep"]),
    (
        StatusMeaning::Rejected,
        &[
            "rejected",
            "reject",
            "declined",
            "decline",
            "cancelled",
            "canceled",
            "cancel",
            "trash",
            "refund",
            "refunded",
            "chargeback",
        ],
    ),
    (StatusMeaning::Ignore, &["hold", "pending", "test", "ping"]),
];

/// What a status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusMeaning {
    /// A person became known.
    Lead,
    /// A customer paid.
    Sale,
    /// A customer paid again, in a transaction of its own.
    Rebill,
    /// An earlier report is not valid.
    Rejected,
    /// Nothing that counts yet.
    Ignore,
}

/// The meanings of further statuses, besides the usual ones. Case does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PostbackStatuses {
    /// Statuses of leads; also `lead`, `registration`, `reg`, `signup`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lead: Vec<String>,
    /// Statuses of sales; also `sale`, `approved`, `conversion`, `purchase`, `deposit`,
    /// `confirmed`, `paid`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sale: Vec<String>,
    /// Statuses that reverse a lead or sale; also `rejected`, `declined`, `cancelled`, `trash`,
    /// `refund`, `chargeback`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<String>,
    /// Statuses without effect; also `hold`, `pending`, `test`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// The currency of amounts without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// Whether a postback without a known click is refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

impl PostbackStatuses {
    /// Checks whether the statuses can be used.
    ///
    /// # Errors
    /// What to fix.
    pub fn check(&self) -> Result<(), String> {
        let mut all = Vec::new();
        for (_, own) in self.own() {
            if own.len() > MAX_STATUSES {
                return Err(format!(
                    "has at most {MAX_STATUSES} statuses of one meaning"
                ));
            }
            all.extend(own.iter().map(|status| status.trim().to_lowercase()));
        }
        let fits = |status: &String| (1..=MAX_STATUS).contains(&status.chars().count());
        if !all.iter().all(fits) {
            return Err(format!("has statuses of 1 to {MAX_STATUS} characters"));
        }
        all.sort_unstable();
        if let Some([status, ..]) = all.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("has {status:?} twice, with different meanings"));
        }
        match self.currency.as_deref().map(amount::currency) {
            Some(Err(error)) => Err(format!("has a `currency` that is not valid: {error}")),
            _ => Ok(()),
        }
    }

    fn own(&self) -> [(StatusMeaning, &Vec<String>); 4] {
        [
            (StatusMeaning::Lead, &self.lead),
            (StatusMeaning::Sale, &self.sale),
            (StatusMeaning::Rejected, &self.rejected),
            (StatusMeaning::Ignore, &self.ignore),
        ]
    }

    /// The meaning of a lower-case status: by the lists in the URL, these settings, or the usual
    /// meanings.
    pub(super) fn meaning(
        &self,
        status: &str,
        parameters: &PostbackParameters,
    ) -> Result<StatusMeaning, ReportError> {
        for (meaning, list) in [
            (StatusMeaning::Lead, "lead_status"),
            (StatusMeaning::Sale, "sale_status"),
            (StatusMeaning::Rejected, "rejected_status"),
            (StatusMeaning::Ignore, "ignore_status"),
        ] {
            if parameters.list(list).iter().any(|listed| listed == status) {
                return Ok(meaning);
            }
        }
        let is_own = |own: &String| own.trim().to_lowercase() == status;
        let own = self.own().into_iter();
        let mut own = own.filter(|(_, list)| list.iter().any(is_own));
        let mut usual = USUAL.into_iter().filter(|(_, list)| list.contains(&status));
        let own = own.next().map(|(meaning, _)| meaning);
        let meaning = own.or_else(|| usual.next().map(|(meaning, _)| meaning));
        meaning.ok_or_else(|| {
            let status: String = status.chars().take(MAX_STATUS).collect();
            ReportError::Payload(format!(
                "the status {status:?} is not known; list it under `lead`, `sale`, `rejected` or `ignore` \
                 in the source's settings, or add `sale_status={status}` or the like to the URL"
            ))
        })
    }
}
