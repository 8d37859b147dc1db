//! The stated cost of a row, and its amount in the campaign's currency.

use std::collections::HashMap;

use crate::campaign::Campaign;
use crate::campaign_report::cost::CostAmount;
use crate::export_file::format::FORMATS;
use crate::export_file::number::{self, CurrencySign};
use crate::id::CampaignId;
use crate::money::number_text::{self, DecimalMark, ExactAmount, NumberError};
use crate::money::{Currency, MAX_AMOUNT, Money};
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{RowError, bad};

/// Most minutes: more than the lifetime work of a thousand people.
const MAX_MINUTES: i64 = 1_000_000_000;

/// Longest text of a file that a message quotes, in characters.
const MAX_ECHO: usize = 16;

/// What is wrong with a request that states both money and work, or neither.
pub(super) const ONE_OF_TWO: &str = "is money or `minutes` of work: give one of the two";

/// The stated cost of a row.
#[derive(Debug)]
pub(super) enum StatedCost {
    /// Money in minor units.
    Money(Money),
    /// Money in major units, as in a file.
    Major(MajorAmount),
    /// Work.
    Minutes(i64),
}

/// An amount of a file, in major units.
#[derive(Debug)]
pub(super) struct MajorAmount {
    pub(super) text: String,
    /// The currency, if the row or its column names one.
    pub(super) currency: Option<String>,
    /// The currency sign in the column's name, if neither row nor column names the currency.
    pub(super) column_sign: CurrencySign,
    /// The decimal mark of the file; or, if it is unknown, the place of the amount.
    pub(super) decimal: Result<DecimalMark, String>,
}

/// Remainders of minor units from rounding, by campaign. The next amount gets the remainder, so
/// that the rows of a file sum to its total.
#[derive(Debug, Default)]
pub(super) struct RoundingRests(HashMap<CampaignId, i64>);

impl RoundingRests {
    fn round(&mut self, campaign: CampaignId, exact: ExactAmount) -> i64 {
        const UNIT: i64 = 1_000_000_000;
        let rest = self.0.entry(campaign).or_default();
        *rest += exact.rest;
        let up = i64::from(*rest >= UNIT / 2);
        *rest -= up * UNIT;
        exact.units + up
    }
}

impl StatedCost {
    /// The stated cost of a request in JSON; `None` if it states neither money nor work.
    ///
    /// # Errors
    /// If it states both.
    pub(super) fn of(
        money: Option<Money>,
        minutes: Option<i64>,
    ) -> Result<Option<StatedCost>, RowError> {
        match (money, minutes) {
            (Some(_), Some(_)) => bad("money", ONE_OF_TWO),
            (Some(money), None) => Ok(Some(StatedCost::Money(money))),
            (None, minutes) => Ok(minutes.map(StatedCost::Minutes)),
        }
    }

    /// The cost in the campaign's currency.
    ///
    /// # Errors
    /// Another currency, or an amount out of range.
    pub(super) fn amount_for(
        &self,
        campaign: &Campaign,
        rests: &mut RoundingRests,
    ) -> Result<CostAmount, RowError> {
        let currency = campaign.currency;
        match self {
            StatedCost::Money(money) if money.currency != currency => {
                other_currency(money.currency.code(), currency)
            }
            StatedCost::Money(money) if !(0..=MAX_AMOUNT).contains(&money.amount) => {
                bad("money", format!("must have 0 to {MAX_AMOUNT} minor units"))
            }
            StatedCost::Money(money) => Ok(CostAmount::Money(money.amount)),
            StatedCost::Major(major) => {
                let exact = major.exact(currency)?;
                Ok(CostAmount::Money(rests.round(campaign.id, exact)))
            }
            StatedCost::Minutes(minutes) if !(1..=MAX_MINUTES).contains(minutes) => {
                bad("minutes", format!("are 1 to {MAX_MINUTES}"))
            }
            StatedCost::Minutes(minutes) => Ok(CostAmount::Minutes(*minutes)),
        }
    }
}

impl MajorAmount {
    fn exact(&self, currency: Currency) -> Result<ExactAmount, RowError> {
        if let Some(code) = &self.currency
            && code.trim().to_uppercase() != currency.code()
            && FORMATS.sign(code.trim()) != Some(currency)
        {
            return other_currency(&beginning(code), currency);
        }
        if !number::fits(self.column_sign, currency) {
            return other_currency("that of a column in $", currency);
        }
        let (number, sign) = number::unsigned(&self.text);
        if !number::fits(sign, currency) {
            return other_currency(&beginning(&self.text), currency);
        }
        let decimal = self.decimal.as_ref().ok().copied();
        number_text::exact(&number, currency, decimal).or_else(|error| match (error, &self.decimal) {
            // The mark applies to the whole file, so one message asks for it.
            (NumberError::Ambiguous(_), Err(place)) => Err(RowError::Failed(Error::Table(format!(
                "{place}, which may be thousands or have decimals, and nothing in the file says which. Say what \
                 stands before decimals in the whole file: `decimal=point` or `decimal=comma` (--decimal)"
            )))),
            (error, _) => bad("amount", error.to_string()),
        })
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(MAX_ECHO).collect()
}

fn other_currency<T>(other: &str, currency: Currency) -> Result<T, RowError> {
    bad(
        "currency",
        format!("is {other}, and the campaign counts in {currency}; give the money in {currency}"),
    )
}
