package ecs

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCountries(t *testing.T) {
	cases := map[string]struct{ code, name any }{
		"NO":             {"NO", "Norway"},
		"no":             {"NO", "Norway"},
		"UK":             {"GB", "United Kingdom"},
		"uk":             {"GB", "United Kingdom"},
		"GB":             {"GB", "United Kingdom"},
		"HK":             {"HK", "Hong Kong"},
		"TR":             {"TR", "Türkiye"},
		"ZZ":             {"ZZ", nil},
		"SU":             {"SU", nil}, // withdrawn
		"Norway":         {"NO", "Norway"},
		"norway":         {"NO", "norway"},
		"NORWAY":         {"NO", "NORWAY"},
		"United Kingdom": {"GB", "United Kingdom"},
		"NOR":            {nil, "NOR"},
		"N1":             {nil, "N1"},
		"Atlantis":       {nil, "Atlantis"},
		"Europe":         {nil, "Europe"},
		"ſ":              {nil, "ſ"}, // two bytes, whose upper case is S
		"é":              {nil, "é"},
		"The ":           {nil, "The "},
	}
	for country, expected := range cases {
		t.Run(country, func(t *testing.T) {
			for _, members := range []string{`"country": "%s"`, `"location": {"country": "%s"}`} {
				document := mapSignIn(t, fmt.Sprintf(members, country))
				assert.Equal(t, expected.code, field(document, "source.geo.country_iso_code"))
				assert.Equal(t, expected.name, field(document, "source.geo.country_name"))
			}
		})
	}
}

// The names are those of GeoIP databases and others in use.
func TestCodesOfCountryNames(t *testing.T) {
	for code, names := range map[string][]string{
		"AG": {"Antigua and Barbuda"},
		"AX": {"Åland", "Åland Islands"},
		"BA": {"Bosnia and Herzegovina", "Bosnia & Herzegovina"},
		"BL": {"Saint Barthélemy"},
		"BQ": {"Bonaire, Sint Eustatius, and Saba"},
		"CD": {"DR Congo"},
		"CG": {"Congo Republic"},
		"CI": {"Ivory Coast", "Côte d’Ivoire"},
		"CV": {"Cabo Verde", "Cape Verde"},
		"CW": {"Curaçao", "CURAÇAO"},
		"CZ": {"Czechia"},
		"GM": {"Gambia", "The Gambia"},
		"HK": {"Hong Kong", "Hong Kong SAR China"},
		"IL": {"Israel"},
		"IR": {"Iran"},
		"KN": {"St Kitts and Nevis", "St. Kitts & Nevis", "Saint Kitts and Nevis"},
		"KP": {"North Korea"},
		"KR": {"South Korea"},
		"LA": {"Laos"},
		"MD": {"Moldova"},
		"MK": {"North Macedonia"},
		"MM": {"Myanmar"},
		"MO": {"Macao"},
		"NL": {"Netherlands", "The Netherlands"},
		"PS": {"Palestine", "Palestinian Territories"},
		"RU": {"Russia"},
		"ST": {"São Tomé and Príncipe"},
		"SY": {"Syria"},
		"SZ": {"Eswatini", "Swaziland"},
		"TR": {"Türkiye", "Turkey"},
		"TT": {"Trinidad and Tobago"},
		"TW": {"Taiwan"},
		"US": {"United States"},
		"VC": {"St Vincent and Grenadines", "Saint Vincent and Grenadines"},
		"VI": {"U.S. Virgin Islands"},
		"VN": {"Vietnam"},
		"XK": {"Kosovo"},
	} {
		for _, name := range names {
			assert.Equal(t, code, countries().codes[countryKey(name)], name)
		}
	}
}

func TestCountryNameIsTheSameWhetherTheNameOrTheCodeWasSent(t *testing.T) {
	assert.GreaterOrEqual(t, len(countries().names), 249, "as many as ISO 3166-1 has")
	for code, name := range countries().names {
		item, err := json.Marshal(map[string]any{
			"timestamp": "2026-02-03T08:15:42Z", "location": map[string]any{"country": name},
		})
		require.NoError(t, err)
		document := newMapper(t, auditEvents, Options{}).Map(item, received)
		assert.Equal(t, code, field(document, "source.geo.country_iso_code"))
		assert.Equal(t, field(mapSignIn(t, `"country": "`+code+`"`), "source.geo.country_name"),
			field(document, "source.geo.country_name"))
	}
	for code, name := range countryNames {
		assert.Equal(t, name, countries().names[code])
	}
}
