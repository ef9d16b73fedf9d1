package ecs

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryNames are names that package display does not have as the API sends them: its data are version 32 of the Unicode CLDR, of 2017. 1Password does not
// say whose names it sends; those seen are the ones of GeoNames, which GeoIP databases use.
//
// Source: https://www.geonames.org/countries/
var countryNames = map[string]string{
	"AX": "Åland",
	"BQ": "Bonaire, Sint Eustatius, and Saba",
	"CD": "DR Congo",
	"CG": "Congo Republic",
	"CI": "Ivory Coast",
	"CV": "Cabo Verde",
	"HK": "Hong Kong",
	"KN": "St Kitts and Nevis",
	"MK": "North Macedonia",
	"MM": "Myanmar",
	"MO": "Macao",
	"PS": "Palestine",
	"SZ": "Eswatini",
	"TR": "Türkiye",
	"VC": "St Vincent and Grenadines",
}

// countryTable tells the code of a country from its English name, and the name from the code: those of ISO 3166-1 alpha-2, some that it reserves, and XK for
// Kosovo.
type countryTable struct {
	names map[string]string // by code
	codes map[string]string // by countryKey of a name
}

// countries is the table, made when the first country comes.
var countries = sync.OnceValue(func() countryTable {
	table := countryTable{names: map[string]string{}, codes: map[string]string{}}
	spelling := strings.NewReplacer(" & ", " and ", "St. ", "Saint ")
	english := display.English.Regions()
	for _, region := range language.Supported.Regions() {
		code, name := region.String(), english.Name(region)
		if name == "" || !region.IsCountry() || region.Canonicalize() != region {
			continue
		}
		table.codes[countryKey(name)] = code
		name = spelling.Replace(name)
		table.codes[countryKey(name)] = code
		if known, ok := countryNames[code]; ok {
			name = known
			table.codes[countryKey(name)] = code
		}
		table.names[code] = name
	}
	return table
})

// countryKey is what is the same in all ways to write one name: The Gambia, Gambia, GAMBIA.
func countryKey(name string) string {
	return strings.TrimPrefix(strings.ToLower(name), "the ")
}

// putCountry puts a country that is given as a code of two letters or by its name: the API sends codes with sign-in attempts, names with audit events. The
// other of the two is put as well if it is known, so that one search finds all event types.
func putCountry(d *draft, country string) {
	var code, name string
	if len(country) == 2 && isLetter(country[0]) && isLetter(country[1]) {
		code = strings.ToUpper(country)
		if code == "UK" { // what the API sends where ISO 3166-1 has GB
			code = "GB"
		}
		name = countries().names[code]
	} else {
		code, name = countries().codes[countryKey(country)], country
	}
	d.putText("source.geo.country_iso_code", code)
	d.putText("source.geo.country_name", name)
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
