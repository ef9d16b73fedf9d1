package ecs

import (
	"math"
	"net/netip"
	"strconv"
)

// setAddress accepts what Elasticsearch accepts as an IP address: one with a zone is none.
func setAddress(d *document, fields []fieldPath, text string) outcome {
	ip, related, noIP := fields[0], fields[1], fields[2]
	if d.text(ip) != "" || d.text(noIP) != "" {
		return surplus
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		d.invalid++
		d.put(noIP, text)
		return taken
	}
	// Each address has one text form: IPv6 is shortened, IPv4 in IPv6 is written as IPv4.
	normal := address.Unmap().String()
	d.put(ip, normal)
	d.put(related, []string{normal})
	return setText(d, fields[3:], text)
}

// locationTable is the mapping of the place of the source.
var locationTable = table{
	{"country", country("source.geo.country_iso_code", "source.geo.country_name")},
	{"region", text("source.geo.region_name")},
	{"city", text("source.geo.city_name")},
	{"latitude", coordinates("source.geo.location")},
	{"longitude", coordinates("source.geo.location")},
}

// setCoordinates sets the location for both coordinates. They are invalid unless both exist and are
// in range.
func setCoordinates(d *document, fields []fieldPath, _ string) outcome {
	latitude, longitude := d.value("location.latitude"), d.value("location.longitude")
	lat, latErr := strconv.ParseFloat(latitude.json, 64)
	lon, lonErr := strconv.ParseFloat(longitude.json, 64)
	if latErr != nil || lonErr != nil || math.Abs(lat) > 90 || math.Abs(lon) > 180 {
		return invalid
	}
	d.put(fields[0], map[string]any{"lat": lat, "lon": lon})
	latitude.outcome, longitude.outcome = taken, taken
	return taken
}
