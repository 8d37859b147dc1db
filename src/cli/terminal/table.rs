//! Tables and paragraphs in the output of commands.
//!
//! # Invariants
//! A cell always stays in one row, and an amount stays on one line with its currency.

use std::fmt::Write as _;
use std::ops::RangeBounds;

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle,
};

use super::screen_width::{self, WIDTH, terminal_width};
use super::widths::{self, NO_BREAK};
use crate::telemetry::visible;

/// Columns for the name of a fact.
const FACT_NAME: usize = 12;

/// Printed instead of a missing value.
pub(in crate::cli) const NONE: &str = "–";

/// A table with one line under its header and two spaces between columns: narrow enough for a
/// terminal, and readable when pasted.
pub(in crate::cli) fn plain_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding((u16::from(place > 0), 0));
    }
    table
}

/// Aligns some columns to the right, for numbers.
pub(in crate::cli) fn align_right(table: &mut Table, columns: impl RangeBounds<usize>) {
    for column in table.column_iter_mut() {
        if columns.contains(&column.index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// `table` as lines, at most as wide as the terminal.
pub(in crate::cli) fn lines(table: &Table) -> String {
    lines_with_room(table, &[])
}

/// `table` as lines, without those `optional` columns that are empty or do not fit; the last one is
/// omitted first.
pub(in crate::cli) fn lines_with_room(table: &Table, optional: &[usize]) -> String {
    let mut table = table.clone();
    for row in table.row_iter_mut() {
        let cells: Vec<String> = row.cell_iter().map(|cell| shown(&cell.content())).collect();
        *row = Row::from(cells);
    }
    let width = terminal_width().or(table.width()).unwrap_or(WIDTH);
    table.set_width(width);
    for &column in optional {
        if is_empty(&table, column) {
            hide(&mut table, column);
        }
    }
    for &column in optional.iter().rev() {
        if !widths::have_room(&table, width) {
            hide(&mut table, column);
        }
    }
    widths::fit(&mut table, width);
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.replace(NO_BREAK, " ")
}

fn is_empty(table: &Table, column: usize) -> bool {
    let mut cells = table
        .row_iter()
        .filter_map(|row| row.cell_iter().nth(column));
    cells.all(|cell| matches!(&*cell.content(), "" | NONE))
}

fn hide(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::Hidden);
    }
}

/// The text of a cell without control characters, with its amounts kept together.
fn shown(text: &str) -> String {
    let text = visible::line(text);
    let bytes = text.as_bytes();
    let is_amount = |at: usize| {
        let code = bytes.get(at + 1..at + 4).unwrap_or_default();
        let after = bytes.get(at + 4);
        at > 0
            && bytes[at - 1].is_ascii_digit()
            && code.len() == 3
            && code.iter().all(u8::is_ascii_uppercase)
            && !after.is_some_and(u8::is_ascii_alphanumeric)
    };
    text.char_indices()
        .map(|(at, character)| match character {
            ' ' if is_amount(at) => NO_BREAK,
            character => character,
        })
        .collect()
}

/// `text`, cut to `most` characters for a cell of a table.
pub(in crate::cli) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let begin: String = text.chars().take(most - 1).collect();
    format!("{begin}…")
}

/// `text` in lines that fit, wrapped between words.
pub(in crate::cli) fn wrapped(text: &str) -> String {
    wrapped_to(text, screen_width::width())
}

fn wrapped_to(text: &str, most: usize) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > most {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
            length += 1;
        }
        lines.push_str(word);
        length += word_length;
    }
    lines.push('\n');
    lines
}

/// Named values, one line each; those without a value are left out.
pub(in crate::cli) fn facts(facts: &[(&str, String)]) -> String {
    let mut lines = String::new();
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let value = wrapped_to(&visible::line(value), screen_width::width() - FACT_NAME - 1);
        for (place, line) in value.lines().enumerate() {
            let name = if place == 0 { name } else { "" };
            // Writing to a text cannot fail.
            let _ = writeln!(lines, "{name:<FACT_NAME$} {line}");
        }
    }
    lines
}

/// A count with its noun.
pub(in crate::cli) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_whole_in_a_narrow_table() {
        let id = "cst_01m8qrcmbhe2492jzc0qcgw3tc";
        let mut table = plain_table(["Note", "Cost"]);
        table.add_row(["a long note about a cost, ".repeat(8).as_str(), id]);
        table.set_width(60);
        let text = lines(&table);
        assert!(text.contains(id), "{text}");
        let is_narrow = |line: &str| line.chars().count() <= 60;
        assert!(text.lines().all(is_narrow), "{text}");
    }

    #[test]
    fn a_cell_forges_no_row() {
        let mut table = Table::new();
        table.add_row(["cust-1\ncust-2\u{1b}[2J", "ok"]);
        let text = lines(&table);
        assert!(text.contains("cust-1\\u000acust-2\\u001b[2J"), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("cust")).count(), 1);
    }

    #[test]
    fn an_amount_stays_with_its_currency() {
        let mut table = plain_table(["Spent on something dear", "Note"]);
        table.add_row(["1234.50 EUR", &"a long note ".repeat(20)]);
        table.set_width(40);
        let text = lines(&table);
        assert!(text.contains("1234.50 EUR"), "{text}");
        let mut table = plain_table(["Campaign", "Spent", "Per lead"]);
        table.add_row(["Bedside:instagram", "1234.50 EUR", "12.50 EUR"]);
        table.set_width(30);
        let text = lines(&table);
        assert!(text.contains("1234.50 EUR 12.50 EUR"), "{text}");
    }

    #[test]
    fn optional_columns_go_from_the_last_on_where_there_is_no_room() {
        let id = "lnk_01m6tkrwm0fqcv93vm5bzza90m";
        let mut table = plain_table(["Id", "Link", "Repair", "Never"]);
        table.add_row([id, id, "path", NONE]);
        for (width, headers) in [(80, "Id Link Repair"), (64, "Id Link"), (50, "Id")] {
            table.set_width(width);
            let text = lines_with_room(&table, &[1, 2, 3]);
            let first: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
            assert_eq!(first.join(" "), headers, "{width}\n{text}");
        }
    }
}
