package ecs

import (
	"encoding/json"
	"math"
	"net/netip"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

// mapAddress puts the IP address that a member holds, and as it was sent on further fields. A text that is no address for Elasticsearch, such as one with a
// zone, goes to source.address. An event has one source: a second address is left over.
func mapAddress(m members, name string, fields ...string) {
	text, ok := peek[string](m, name, "source.ip")
	if !ok || m.draft.hasAddress {
		return
	}
	m.draft.hasAddress = true
	m.take(name)
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		m.draft.invalid++
		m.draft.put("source.address", text)
		return
	}
	// One address, one text: IPv6 in short form, an IPv4 address that is wrapped in IPv6 as IPv4.
	ip := address.Unmap().String()
	m.draft.put("source.ip", ip)
	m.draft.put("related.ip", []string{ip})
	for _, field := range fields {
		m.draft.put(field, text)
	}
}

// mapLocation puts where the address is, and tells whether the location names a country.
func mapLocation(d *draft) (hasCountry bool) {
	location := d.item.object("location", "source.geo")
	location.text("region", "source.geo.region_name")
	location.text("city", "source.geo.city_name")
	mapCoordinates(location)

	country, ok := peek[string](location, "country", "source.geo.country_iso_code")
	if ok {
		location.take("country")
		putCountry(d, country)
	}
	return ok
}

// mapCoordinates puts the latitude and the longitude, if both are there and on the globe. One alone is of no use.
func mapCoordinates(location members) {
	latitude, hasLatitude := peekDegrees(location, "latitude")
	longitude, hasLongitude := peekDegrees(location, "longitude")
	if hasLatitude && hasLongitude && math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180 {
		location.take("latitude")
		location.take("longitude")
		location.draft.put("source.geo.location", mapstr.M{"lat": latitude, "lon": longitude})
		return
	}
	if hasLatitude {
		location.reject("latitude")
	}
	if hasLongitude {
		location.reject("longitude")
	}
}

func peekDegrees(location members, name string) (degrees float64, ok bool) {
	number, ok := peek[json.Number](location, name, "source.geo.location")
	if !ok {
		return 0, false
	}
	degrees, err := number.Float64()
	if err != nil {
		degrees = math.Inf(1) // so large that it is out of range
	}
	return degrees, true
}
