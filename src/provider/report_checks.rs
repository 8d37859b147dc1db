//! Checks a report and turns it into a conversion for the event log.
//!
//! # Invariants
//! A report that cannot be counted correctly is refused, and the error says what to fix. An
//! unreadable click id never loses the conversion: it is dropped, and the next match rule is tried.

use super::amount;
use super::attribution_hints::AttributionHints;
use super::report::{
    ConversionReport, MAX_EVENT_ID, MAX_EXTERNAL_ID, ReportedValue, email_as_id, is_email,
    names_a_person,
};
use super::report_error::ReportError;
use crate::campaign::is_event_name;
use crate::clock::Millis;
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion};
use crate::id::{ConversionId, SourceId, WorkspaceId};
use crate::money::{Currency, Money};

/// How far in the future an event may lie, because clocks differ.
const SKEW_MS: i64 = 5 * 60 * 1000;

/// 2000-01-01T00:00:00Z. An earlier time is most likely in seconds instead of milliseconds.
const EARLIEST: Millis = Millis(946_684_800_000);

/// What a report does not contain itself.
pub struct ReportContext<'a> {
    /// The id it gets if it is the first report of its event.
    pub id: ConversionId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The source that reported it; `None` for the API.
    pub source_id: Option<SourceId>,
    /// When it was reported.
    pub now: Millis,
    /// Hashes an e-mail address with the workspace's key.
    pub email_hash: &'a dyn Fn(&str) -> String,
}

impl ConversionReport {
    /// Checks the report and converts it for the event log.
    ///
    /// # Errors
    /// The first rule that the report breaks.
    pub fn into_conversion(
        self,
        context: &ReportContext<'_>,
    ) -> Result<NewConversion, ReportError> {
        let event_id = self
            .event_id
            .as_deref()
            .ok_or(ReportError::EventIdMissing)?;
        let event_id = context.text("event_id", Some(event_id), MAX_EVENT_ID)?;
        match (self.kind, &self.name) {
            (ConversionKind::Event, Some(name)) if is_event_name(name) => {}
            (ConversionKind::Event, _) | (_, Some(_)) => return Err(ReportError::EventName),
            (_, None) => {}
        }
        if self.of.is_some() && !self.kind.follows_a_sale() {
            return Err(ReportError::OfNotAllowed);
        }
        let value = match (&self.value, self.kind) {
            (None, ConversionKind::Lead | ConversionKind::Event) => None,
            (None, _) => return Err(ReportError::ValueMissing),
            (Some(value), kind) => Some(value.money(kind)?),
        };
        let occurred_at = self.occurred_at.unwrap_or(context.now);
        if occurred_at > context.now.plus_ms(SKEW_MS) {
            return Err(ReportError::OccurredInFuture(context.now));
        }
        if occurred_at < EARLIEST {
            return Err(ReportError::OccurredTooEarly);
        }
        Ok(NewConversion {
            id: context.id,
            workspace_id: context.workspace_id,
            source_id: context.source_id,
            event_id: event_id.unwrap_or_default(),
            kind: self.kind,
            refund_of: context.text("of", self.of.as_deref(), MAX_EVENT_ID)?,
            occurred_at,
            received_at: context.now,
            value,
            evidence: self.evidence(context)?,
            name: self.name,
            order: None,
        })
    }

    fn evidence(&self, context: &ReportContext<'_>) -> Result<JoinEvidence, ReportError> {
        let customer = self.customer.clone().unwrap_or_default();
        if customer
            .email
            .as_deref()
            .is_some_and(|email| !is_email(email))
        {
            return Err(ReportError::EmailMalformed);
        }
        let id = customer.external_id.as_deref();
        context.text("customer.external_id", id, MAX_EXTERNAL_ID)?;
        context.text("promo_code", self.promo_code.as_deref(), 100)?;
        let hints = AttributionHints {
            click_ids: self.click_id.iter().cloned().collect(),
            landing_urls: self.landing_url.iter().cloned().collect(),
            path: self.path.clone(),
            customer,
            promo_codes: self.promo_code.iter().cloned().collect(),
            utm: self.utm.clone().unwrap_or_default(),
        };
        Ok(hints.evidence(context.email_hash))
    }
}

impl ReportedValue {
    fn money(&self, kind: ConversionKind) -> Result<Money, ReportError> {
        let currency: Currency = self
            .currency
            .parse()
            .map_err(|_| ReportError::UnknownCurrency(self.currency.chars().take(16).collect()))?;
        let amount = self
            .amount
            .as_i64()
            .ok_or_else(|| self.not_whole(currency))?;
        if amount < 0 {
            return Err(ReportError::AmountNegative);
        }
        if amount > amount::MAX {
            return Err(ReportError::AmountTooLarge);
        }
        let amount = if matches!(kind, ConversionKind::Refund | ConversionKind::Chargeback) {
            -amount
        } else {
            amount
        };
        Ok(Money { amount, currency })
    }

    fn not_whole(&self, currency: Currency) -> ReportError {
        if self.amount.is_u64()
            || self
                .amount
                .as_f64()
                .is_some_and(|amount| amount.abs() > 1e15)
        {
            return ReportError::AmountTooLarge;
        }
        ReportError::AmountFraction {
            amount: self.amount.to_string(),
            currency: currency.code(),
            places: currency.exponent(),
            unit: 10u64.pow(currency.exponent()),
        }
    }
}

impl ReportContext<'_> {
    /// A text of 1 to `most` characters. An e-mail address becomes its keyed hash, which works
    /// equally well as an id.
    fn text(
        &self,
        field: &'static str,
        value: Option<&str>,
        most: usize,
    ) -> Result<Option<String>, ReportError> {
        match value.map(str::trim) {
            None => Ok(None),
            Some(value) if names_a_person(value) => {
                Ok(Some(email_as_id(&(self.email_hash)(value))))
            }
            Some(value) if (1..=most).contains(&value.chars().count()) => {
                Ok(Some(value.to_owned()))
            }
            Some(_) => Err(ReportError::Length { field, most }),
        }
    }
}

#[cfg(test)]
mod tests;
