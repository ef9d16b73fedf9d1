package ecs

import (
	"cmp"
	"strings"
	"unicode"
)

// maxMessageText is the maximum number of characters of a text of the item in a message. A message
// has at most ten such texts, so that it is shorter than 1,000 characters.
const maxMessageText = 64

// usualMessage is the length in bytes that most messages do not exceed.
const usualMessage = 192

// sentence is a message while it is written.
//
// Users choose some of the texts in a message, such as their name. A text therefore cannot break
// the line, hide or reorder other words, or imitate the parentheses in which a message has the
// email address after the name.
type sentence struct{ strings.Builder }

// value writes a text of the item between words of this package. It writes nothing and returns
// false if nothing of the text is visible.
func (s *sentence) value(before, text, after string) bool {
	text = visible(text)
	if text == "" {
		return false
	}
	s.WriteString(before)
	s.WriteString(text)
	s.WriteString(after)
	return true
}

// valueOr writes a text of the item after a word of this package. If nothing of the text is visible,
// it writes other words.
func (s *sentence) valueOr(before, text, other string) {
	if !s.value(before, text, "") {
		s.WriteString(other)
	}
}

// user writes the name and the email address of a user. The name alone could be that of somebody
// else. noun stands before the ID of a user who has neither.
func (s *sentence) user(d *document, user userFields, noun, unknown string) {
	name, email, id := d.text(user.fullName), d.text(user.email), d.text(user.id)
	switch {
	case name != email && s.value("", name, ""):
		if !s.value(" (", email, ")") {
			s.value(" (", id, ")")
		}
	case s.value("", email, ""):
	default:
		s.valueOr(noun, id, unknown)
	}
}

// subject writes the user who caused the event, as the first words of the message.
func (s *sentence) subject(d *document) { s.user(d, eventUser, "User ", "An unknown user") }

// named writes a thing by its name, or else by its ID after its noun.
func (s *sentence) named(noun, name, id, unknown string) {
	if !s.value(noun+`"`, name, `"`) {
		s.valueOr(noun, id, unknown)
	}
}

// vault writes the vault of the event.
func (s *sentence) vault(d *document) {
	s.named("vault ", d.text(onepasswordVaultName), d.text(onepasswordVault), "a vault")
}

// group writes the group of the event.
func (s *sentence) group(d *document) {
	s.named("group ", d.text(groupName), d.text(groupID), "a group")
}

// item writes the item of the event, and its vault if that is known.
func (s *sentence) item(d *document) {
	s.named("item ", d.text(onepasswordItemTitle), d.text(onepasswordItem), "an item")
	if d.text(onepasswordVault) != "" {
		s.WriteString(" in ")
		s.vault(d)
	}
}

// source writes the IP address and the place that the event came from.
func (s *sentence) source(d *document) {
	if s.value(" from ", d.text(sourceIP), "") {
		s.place(d, " (", ")")
	} else {
		s.place(d, " from ", "")
	}
}

// place writes city and country between words of this package.
func (s *sentence) place(d *document, before, after string) {
	if s.value(before, d.text(sourceCity), "") {
		s.value(", ", sourceCountry(d), "")
		s.WriteString(after)
		return
	}
	s.value(before, sourceCountry(d), after)
}

// sourceCountry returns the code of the country that the event came from, or else its name.
func sourceCountry(d *document) string { return cmp.Or(d.text(geoCountry[0]), d.text(geoCountry[1])) }

// list writes texts of the item in parentheses, without those of which nothing is visible.
func (s *sentence) list(texts ...string) {
	separator := " ("
	for _, text := range texts {
		if s.value(separator, text, "") {
			separator = ", "
		}
	}
	if separator == ", " {
		s.WriteString(")")
	}
}

// brailleBlank is the braille pattern without dots, which Unicode counts as a printable symbol.
const brailleBlank = '\u2800'

// visible returns a text as one line of at most maxMessageText visible characters. A longer text
// ends with an ellipsis. Parentheses become brackets, quotation marks become apostrophes.
func visible(text string) string {
	if isPlain(text) {
		return text
	}
	var line strings.Builder
	length, space := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r),
			unicode.Is(unicode.Variation_Selector, r), r == brailleBlank:
			continue // invisible, or reorders what follows
		case r == ' ', !unicode.IsPrint(r): // including line breaks and control characters
			space = min(length, 1)
			continue
		case r == '"':
			r = '\''
		case unicode.Is(unicode.Ps, r):
			r = '['
		case unicode.Is(unicode.Pe, r):
			r = ']'
		}
		length += space + 1
		if length > maxMessageText {
			line.WriteRune('…')
			break
		}
		if space > 0 {
			line.WriteByte(' ')
			space = 0
		}
		line.WriteRune(r)
	}
	return line.String()
}

// isPlain reports whether a text is known to be visible as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if !plainBytes[text[i]] {
			return false
		}
	}
	return len(text) <= maxMessageText &&
		!strings.HasPrefix(text, " ") && !strings.HasSuffix(text, " ") && !strings.Contains(text, "  ")
}

// plainBytes are the printable ASCII characters that visible does not replace.
var plainBytes = func() (plain [256]bool) {
	for c := byte(' '); c <= '~'; c++ {
		plain[c] = !strings.ContainsRune(`"()[]{}`, rune(c))
	}
	return plain
}()
