//! A tag made of a name that people wrote, in whatever script.

use unicode_normalization::UnicodeNormalization;

/// Longest tag that is derived from a name, in characters.
const MAX_SLUG: usize = 80;

/// Turns `text` into a tag of lower-case ASCII letters and digits, with `separator` between words.
///
/// The tag has at most 80 characters. Other scripts are transliterated to Latin, word by word. The
/// result is `campaign` when nothing is left.
pub fn slugify(text: &str, separator: char) -> String {
    let mut slug = String::new();
    for c in text.nfc() {
        let is_letter = c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
        let latin = if is_letter {
            any_ascii::any_ascii_char(c)
        } else {
            " "
        };
        for c in latin.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !c.is_ascii_punctuation() && !slug.is_empty() && !slug.ends_with(separator) {
                slug.push(separator);
            }
        }
        if slug.len() >= MAX_SLUG {
            slug.truncate(MAX_SLUG);
            break;
        }
    }
    let slug = slug.trim_end_matches(separator);
    if slug.is_empty() {
        "campaign".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_tags() {
        for (name, tag) in [
            ("Spring Launch 2026!", "spring-launch-2026"),
            ("Größe & Über", "grosse-uber"),
            ("  ", "campaign"),
            ("日本", "riben"),
        ] {
            assert_eq!(slugify(name, '-'), tag);
        }
        assert!(slugify(&"long ".repeat(50), '_').len() <= MAX_SLUG);
    }

    #[test]
    fn names_of_every_script_give_a_tag_that_can_be_read() {
        for (name, tag) in [
            ("Frühjahr & Größe", "fruhjahr-grosse"),
            ("Весенняя распродажа", "vesennyaya-rasprodazha"),
            ("Ανοιξιάτικες προσφορές", "anoixiatikes-prosfores"),
            ("新灯上市 2026", "xindengshangshi-2026"),
            ("ＡＢＣ １２", "abc-12"),
            ("Lamp 🎉 sale", "lamp-sale"),
            ("🎉", "campaign"),
            ("Đèn mới", "den-moi"),
            ("Ann's cafe\u{301}", "ann-s-cafe"),
        ] {
            assert_eq!(slugify(name, '-'), tag, "{name}");
        }
        for name in [
            "ランプの新作",
            "새 램프",
            "مصباح جديد",
            "मेरा नया दीपक",
            "โคมไฟใหม่",
            "מנורה חדשה",
        ] {
            let tag = slugify(name, '-');
            assert!(tag.len() >= 6 && tag != "campaign", "{name}: {tag}");
            assert!(
                tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                "{tag}"
            );
        }
    }
}
