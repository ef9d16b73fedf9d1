package ecs

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryNames are country names that differ between package display and the API. Package display
// has the names of version 32 of the Unicode CLDR, from 2017. 1Password does not document its
// names; the names seen are those of GeoNames, which GeoIP databases use.
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

// countryTable maps country codes to English names and names to codes. It holds the codes of ISO
// 3166-1 alpha-2, some codes that ISO 3166-1 reserves, and XK for Kosovo.
type countryTable struct {
	names map[string]string // by code
	codes map[string]string // by countryKey of a name
}

// countries returns the table. The first call builds it.
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

// countryKey returns the part of a name that all spellings share: The Gambia, Gambia and GAMBIA
// have the same key.
func countryKey(name string) string {
	return strings.TrimPrefix(strings.ToLower(name), "the ")
}

// geoCountry are the fields of the code and the name of a country.
var geoCountry = newFields("source.geo.country_iso_code", "source.geo.country_name")

// setCountry sets the code and the name of a country, which is a code of two letters or a name: the
// API sends codes in sign-in attempts and names in audit events. setCountry sets both fields if it
// knows both values, so that one search finds all event types.
func setCountry(d *document, fields []fieldPath, country string) outcome {
	var code, name string
	if len(country) == 2 && isLetter(country[0]) && isLetter(country[1]) {
		code = strings.ToUpper(country)
		if code == "UK" { // the API sends UK; ISO 3166-1 has GB
			code = "GB"
		}
		name = countries().names[code]
	} else {
		code, name = countries().codes[countryKey(country)], country
	}
	d.putText(fields[0], code)
	d.putText(fields[1], name)
	return taken
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
