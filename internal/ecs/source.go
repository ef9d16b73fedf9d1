package ecs

import (
	"encoding/json"
	"math"
	"net/netip"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

// mapAddress moves an IP address to source.ip and, as the API sent it, to the further fields. A
// text that Elasticsearch does not accept as an address, such as an address with a zone, is moved
// to source.address. An event has one source: a second address stays in the object.
func mapAddress(o object, name string, fields ...string) {
	text, ok := peek[string](o, name, "source.ip")
	if !ok || o.builder.hasSource {
		return
	}
	o.builder.hasSource = true
	o.remove(name)
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		o.builder.invalid++
		o.builder.put("source.address", text)
		return
	}
	// Each address has one text form: IPv6 is shortened, IPv4 in IPv6 is written as IPv4.
	ip := address.Unmap().String()
	o.builder.put("source.ip", ip)
	o.builder.put("related.ip", []string{ip})
	for _, field := range fields {
		o.builder.put(field, text)
	}
}

// mapLocation sets source.geo.* and reports whether the location has a country.
func mapLocation(b *documentBuilder) (hasCountry bool) {
	location := b.item.child("location", "source.geo")
	location.moveText("region", "source.geo.region_name")
	location.moveText("city", "source.geo.city_name")
	mapCoordinates(location)

	country, ok := peek[string](location, "country", "source.geo.country_iso_code")
	if ok {
		location.remove("country")
		putCountry(b, country)
	}
	return ok
}

// mapCoordinates sets source.geo.location. Latitude and longitude are invalid unless both exist and
// are in range.
func mapCoordinates(location object) {
	latitude, hasLatitude := peekDegrees(location, "latitude")
	longitude, hasLongitude := peekDegrees(location, "longitude")
	if hasLatitude && hasLongitude && math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180 {
		location.remove("latitude")
		location.remove("longitude")
		location.builder.put("source.geo.location", mapstr.M{"lat": latitude, "lon": longitude})
		return
	}
	if hasLatitude {
		location.markInvalid("latitude")
	}
	if hasLongitude {
		location.markInvalid("longitude")
	}
}

// peekDegrees returns a number. A number that float64 cannot hold is returned as infinity.
func peekDegrees(location object, name string) (degrees float64, ok bool) {
	number, ok := peek[json.Number](location, name, "source.geo.location")
	if !ok {
		return 0, false
	}
	degrees, err := number.Float64()
	if err != nil {
		degrees = math.Inf(1)
	}
	return degrees, true
}
