//! The widths of a table's columns.
//!
//! # Invariants
//! - A word is not broken while every column's longest word fits, if needed with one space between
//!   columns.
//! - Otherwise the widest words break first. A column of ids never breaks, because ids are copied,
//!   and neither does an amount of money.
//!
//! # Out of scope
//! Alignment and padding, which the table already has.

use comfy_table::{Cell, Column, ColumnConstraint, Table, Width};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Joins an amount and its currency until the table is laid out.
pub(super) const NO_BREAK: char = '\u{e000}';

/// The width that a column needs, without its padding.
struct ColumnNeed {
    /// Its longest word, or its whole text if that must not be broken.
    least: u16,
    /// Its whole text on one line.
    most: u16,
    /// Its longest amount of money, which is never broken.
    amount: u16,
    is_whole: bool,
}

/// Sets the widths of the columns of `table`, so that it is at most `width` wide.
pub(super) fn fit(table: &mut Table, width: u16) {
    let needs = needs(table);
    let padding: u16 = shown_columns(table).map(Column::padding_width).sum();
    // A space is between two columns; tables of commands have no other border.
    let gaps = u16::try_from(needs.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let mut room = width.saturating_sub(padding.saturating_add(gaps));
    if needs.iter().map(|need| u32::from(need.least)).sum::<u32>() > u32::from(room) {
        // With one space between columns instead of two, words stay whole longer.
        room = width.saturating_sub(gaps);
        for column in table.column_iter_mut() {
            column.set_padding((0, 0));
        }
    }
    let widths = widths(&needs, room);
    let columns = table.column_iter_mut().filter(|column| !is_hidden(column));
    for (column, width) in columns.zip(widths) {
        let width = Width::Fixed(width.saturating_add(column.padding_width()));
        column.set_constraint(ColumnConstraint::Absolute(width));
    }
}

/// Whether every word and every id fits in a table that is `width` wide.
pub(super) fn have_room(table: &Table, width: u16) -> bool {
    let needs = needs(table);
    let gaps = needs.len().saturating_sub(1);
    let least: usize = needs.iter().map(|need| usize::from(need.least)).sum();
    least + gaps <= usize::from(width)
}

fn is_hidden(column: &Column) -> bool {
    matches!(column.constraint(), Some(ColumnConstraint::Hidden))
}

fn shown_columns(table: &Table) -> impl Iterator<Item = &Column> {
    table.column_iter().filter(|column| !is_hidden(column))
}

fn needs(table: &Table) -> Vec<ColumnNeed> {
    shown_columns(table)
        .map(|column| need(table, column.index, column.constraint().is_some()))
        .collect()
}

/// Widths with a sum of at most `room`, as equal as the contents allow.
fn widths(needs: &[ColumnNeed], room: u16) -> Vec<u16> {
    let largest = needs.iter().map(|need| need.most).max().unwrap_or(0);
    let highest = |at: &dyn Fn(&ColumnNeed, u16) -> u16| {
        let fits = |level: &u16| {
            needs
                .iter()
                .map(|need| u32::from(at(need, *level)))
                .sum::<u32>()
                <= u32::from(room)
        };
        let level = (1..=largest).rev().find(fits);
        level.map(|level| needs.iter().map(|need| at(need, level)).collect::<Vec<_>>())
    };
    let roomy = |need: &ColumnNeed, level: u16| level.clamp(need.least, need.most);
    let tight = |need: &ColumnNeed, level: u16| {
        if need.is_whole {
            need.most
        } else {
            need.least.min(level).max(need.amount)
        }
    };
    highest(&roomy)
        .or_else(|| highest(&tight))
        .unwrap_or_else(|| needs.iter().map(|need| tight(need, 1)).collect())
}

fn need(table: &Table, column: usize, is_fixed: bool) -> ColumnNeed {
    let header = table.header().into_iter();
    let cells = header.chain(table.row_iter());
    let texts: Vec<String> = cells
        .filter_map(|row| row.cell_iter().nth(column).map(Cell::content))
        .filter(|text| !text.is_empty())
        .collect();
    let most = texts
        .iter()
        .flat_map(|text| text.lines())
        .map(columns)
        .max();
    let words = texts.iter().flat_map(|text| text.split_whitespace());
    let least = words.clone().map(unbroken).max();
    let amount = words
        .filter(|word| word.contains(NO_BREAK))
        .map(columns)
        .max();
    let is_whole = is_fixed || is_of_ids(table, column);
    let most = most.unwrap_or(1).max(1);
    ColumnNeed {
        least: if is_whole {
            most
        } else {
            least.unwrap_or(1).clamp(1, most)
        },
        most,
        amount: amount.unwrap_or(0),
        is_whole,
    }
}

fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// Width of the longest part of a word that stays together. Wide letters (Chinese, Japanese,
/// Korean) may stand on any line.
fn unbroken(word: &str) -> u16 {
    let is_wide = |c: char| c.width() == Some(2);
    let parts = word.split(is_wide).map(columns).max().unwrap_or(0);
    parts.max(if word.contains(is_wide) { 2 } else { 0 })
}

/// Whether a column has only ids.
fn is_of_ids(table: &Table, column: usize) -> bool {
    let cells = table
        .row_iter()
        .filter_map(|row| row.cell_iter().nth(column));
    let mut texts = cells
        .map(Cell::content)
        .filter(|text| !text.is_empty())
        .peekable();
    texts.peek().is_some() && texts.all(|text| is_id(&text))
}

fn is_id(text: &str) -> bool {
    let parts = text.split_once('_');
    parts.is_some_and(|(kind, id)| {
        let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        (2..=4).contains(&kind.len()) && id.len() == 26 && id.bytes().all(is_sign)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::plain_table;

    fn shown(mut table: Table, width: u16) -> String {
        fit(&mut table, width);
        let text = table.to_string();
        let is_narrow = |line: &str| line.trim_end().width() <= usize::from(width);
        assert!(text.lines().all(is_narrow), "{width}:\n{text}");
        text
    }

    #[test]
    fn words_stay_whole_where_there_is_room_for_each() {
        let mut table = plain_table([
            "Campaign",
            "Clicks",
            "Visitors",
            "Leads",
            "Lead rate\n(95 %)",
            "Sales",
            "Net revenue",
            "Cost",
            "Days",
        ]);
        let row = [
            "Restposten: instagram",
            "3466",
            "3171",
            "167",
            "14.3 % (11.4–17.8)",
            "71",
            "1159.68 EUR",
            "98.35 EUR",
        ];
        table.add_row(row.into_iter().chain(["2026-11-10 to 2026-11-16"]));
        for width in 82..=140 {
            let text = shown(table.clone(), width);
            for word in row
                .iter()
                .flat_map(|cell| cell.split(' '))
                .chain(["revenue", "2026-11-10"])
            {
                assert!(text.contains(word), "{width}: {word}\n{text}");
            }
        }
    }

    #[test]
    fn the_widest_words_break_first_and_ids_never() {
        let id = "cst_01m8qrcmbhe2492jzc0qcgw3tc";
        let mut table = plain_table(["Network", "Address", "Id"]);
        table.add_row([
            "instagram",
            "https://shop.example/a/long/address/of/a/page",
            id,
        ]);
        let text = shown(table, 60);
        assert!(text.contains("instagram") && text.contains(id), "{text}");
    }

    #[test]
    fn an_id_among_words_stays_whole_where_there_is_room() {
        let id = "lnk_01m6tkrwm0fqcv93vm5bzza90m";
        let mut table = plain_table(["Post", "Note"]);
        table.add_row([id, &"a long note ".repeat(9)]);
        table.add_row(["all", ""]);
        assert!(shown(table.clone(), 60).contains(id));
        // It does not fit here, but the table still does.
        shown(table, 20);
    }

    #[test]
    fn wide_letters_may_stand_on_any_line() {
        let mut table = plain_table(["Campaign", "Note"]);
        table.add_row(["机の灯り・秋机の灯り・秋", "a note of some words"]);
        let text = shown(table, 24);
        assert!(text.contains("words"), "{text}");
    }
}
