//! Repeated texts, each stored once and known by its number.

use foldhash::HashMap;

/// Number of a text in [`TextTable`]; 0 is the empty text, which stands for an unknown value.
pub type TextId = u32;

/// Texts by their numbers.
#[derive(Clone, Debug)]
pub struct TextTable {
    texts: Vec<String>,
    numbers: HashMap<String, TextId>,
}

impl Default for TextTable {
    fn default() -> Self {
        TextTable {
            texts: vec![String::new()],
            numbers: HashMap::from_iter([(String::new(), 0)]),
        }
    }
}

impl TextTable {
    /// The number of a text; a new text gets the next one.
    pub fn number(&mut self, text: &str) -> TextId {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = TextId::try_from(self.texts.len()).unwrap_or(TextId::MAX);
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The text of a number; `None` for the empty one.
    pub fn text(&self, number: TextId) -> Option<&str> {
        let text = self.texts.get(number as usize)?;
        (!text.is_empty()).then_some(text)
    }

    /// The rank of each number's text among all sorted texts.
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<usize> = (0..self.texts.len()).collect();
        order.sort_unstable_by_key(|number| &self.texts[*number]);
        let mut ranks = vec![0; order.len()];
        for (rank, number) in (0..).zip(order) {
            ranks[number] = rank;
        }
        ranks
    }

    /// Every text, in the order of the numbers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }
}
