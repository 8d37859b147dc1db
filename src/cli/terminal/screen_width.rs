//! How wide lines may be: those of a terminal, and those that go elsewhere.

use comfy_table::Table;

/// Widest line of output that does not go to a terminal.
pub(in crate::cli) const WIDTH: u16 = 100;

/// Fewest and most columns of a terminal that tables are fitted to.
const TERMINAL_WIDTHS: (u16, u16) = (60, 160);

/// Columns of the terminal for results; `None` if they go elsewhere. Unit tests get what a file
/// gets.
pub(super) fn terminal_width() -> Option<u16> {
    if cfg!(test) {
        return None;
    }
    let (least, most) = TERMINAL_WIDTHS;
    Table::new()
        .width()
        .map(|columns| columns.clamp(least, most))
}

/// Widest line of a text.
pub(super) fn width() -> usize {
    usize::from(terminal_width().unwrap_or(WIDTH).min(WIDTH))
}
