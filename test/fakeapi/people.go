package fakeapi

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"
)

// person is a user of the organization, with a home and devices.
type person struct {
	user
	number  int
	home    *place
	clients []client // without address
	devices []string // UUIDs of the devices of the clients
}

// userDetails are the members that audit events have for a user.
type userDetails struct {
	UUID  string `json:"uuid"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// user has the members of target_user and user.
type user struct {
	userDetails
	Type string `json:"type"`
}

// client is the app that reports the event, and its system.
type client struct {
	AppName         string `json:"app_name"`
	AppVersion      string `json:"app_version"`
	PlatformName    string `json:"platform_name"`
	PlatformVersion string `json:"platform_version"`
	OSName          string `json:"os_name"`
	OSVersion       string `json:"os_version"`
	IPAddress       string `json:"ip_address"`
}

// location is the location of an address.
type location struct {
	Country   string  `json:"country"` // ISO 3166-1 alpha-2
	Region    string  `json:"region"`
	City      string  `json:"city"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// place is a location where people are.
type place struct {
	location
	countryName string
	continent   string
	utcOffset   time.Duration // in winter
}

func newPerson(r *rand.Rand, number int, given, family name) *person {
	p := &person{
		user: user{
			userDetails: userDetails{
				UUID:  newUUID(r),
				Name:  given.text + " " + family.text,
				Email: given.email + "." + family.email + "@" + pick(r, domains),
			},
			Type: "user",
		},
		number: number,
		home:   &places[r.IntN(len(places))],
	}
	deviceName := strings.NewReplacer("{given}", given.text, "{serial}", newUUID(r)[:7])
	for _, c := range clientSets[r.IntN(len(clientSets))] {
		c.PlatformName = deviceName.Replace(c.PlatformName)
		p.clients = append(p.clients, c)
	}
	return p
}

// homeAddress returns the address of the person's home. Only one documentation network of 24 bits is
// left for homes, so that the other homes have IPv6.
func (p *person) homeAddress() string {
	if p.number < 254 {
		return netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + p.number)}).String()
	}
	return fmt.Sprintf("2001:db8:%x::1", p.number+1)
}

func (p *person) atWork(at time.Time) bool {
	local := at.UTC().Add(p.home.utcOffset)
	weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
	return !weekend && local.Hour() >= 8 && local.Hour() < 18
}

// name is part of a person's name, and its form in an email address.
type name struct{ text, email string }

var givenNames = []name{
	{"Amara", "amara"}, {"Bruno", "bruno"}, {"Chloé", "chloe"}, {"Dmitri", "dmitri"}, {"Esther", "esther"},
	{"Farid", "farid"}, {"Greta", "greta"}, {"Hiro", "hiro"}, {"Inês", "ines"}, {"Jonas", "jonas"},
	{"Kaveh", "kaveh"}, {"Łucja", "lucja"}, {"Minh", "minh"}, {"Nadia", "nadia"}, {"Óscar", "oscar"},
	{"Priya", "priya"}, {"Rasmus", "rasmus"}, {"Søren", "soren"}, {"Tendai", "tendai"}, {"Zoë", "zoe"},
}

var familyNames = []name{
	{"Abara", "abara"}, {"Bergström", "bergstrom"}, {"Castellan", "castellan"}, {"D'Orsay", "dorsay"},
	{"Fairweather", "fairweather"}, {"Grünwald", "grunwald"}, {"Hollowell", "hollowell"}, {"Ishimori", "ishimori"},
	{"Kowalczyk", "kowalczyk"}, {"Lindqvist", "lindqvist"}, {"Marchetti", "marchetti"}, {"Núñez", "nunez"},
	{"Okonjo", "okonjo"}, {"Pemberly", "pemberly"}, {"Quispe", "quispe"}, {"Ramanujam", "ramanujam"},
	{"Sørensen-Holt", "sorensen-holt"}, {"Thackeray", "thackeray"},
}

var domains = []weighted[string]{{5, "example.com"}, {1, "example.org"}}

var places = []place{
	{location{"CA", "Quebec", "Montreal", 45.5019, -73.5674}, "Canada", "North America", -5 * time.Hour},
	{location{"US", "Colorado", "Denver", 39.7392, -104.9903}, "United States", "North America", -7 * time.Hour},
	{location{"US", "Massachusetts", "Boston", 42.3601, -71.0589}, "United States", "North America", -5 * time.Hour},
	{location{"BR", "São Paulo", "São Paulo", -23.5505, -46.6333}, "Brazil", "South America", -3 * time.Hour},
	{location{"GB", "England", "Bristol", 51.4545, -2.5879}, "United Kingdom", "Europe", 0},
	{location{"PT", "Lisbon", "Lisbon", 38.7223, -9.1393}, "Portugal", "Europe", 0},
	{location{"DE", "Hamburg", "Hamburg", 53.5511, 9.9937}, "Germany", "Europe", time.Hour},
	{location{"PL", "Lesser Poland", "Kraków", 50.0647, 19.945}, "Poland", "Europe", time.Hour},
	{location{"KE", "Nairobi County", "Nairobi", -1.2921, 36.8219}, "Kenya", "Africa", 3 * time.Hour},
	{location{"IN", "Karnataka", "Bengaluru", 12.9716, 77.5946}, "India", "Asia", 5*time.Hour + 30*time.Minute},
	{location{"JP", "Osaka", "Osaka", 34.6937, 135.5023}, "Japan", "Asia", 9 * time.Hour},
	{location{"AU", "Victoria", "Melbourne", -37.8136, 144.9631}, "Australia", "Oceania", 10 * time.Hour},
}

// clientSets are the clients of one person. Native apps and the command line tool send the name and
// model of the device, other clients send the browser. {given} is replaced with the given name of
// the person, {serial} with random letters.
var clientSets = [][]client{
	{
		{"1Password for Mac", "81118036", "{given}’s MacBook Pro", "MacBookPro18,1", "MacOSX", "15.6.1", ""},
		{"1Password for iOS", "81118019", "{given}’s iPhone", "iPhone16,1", "iOS", "18.6", ""},
		{"1Password Browser Extension", "81117020", "Safari", "18.6", "MacOSX", "15.6.1", ""},
		{"1Password for Web", "2153", "Safari", "18.6", "MacOSX", "10.15.7", ""},
		{"1Password CLI", "2320001", "{given}’s MacBook Pro", "MacBookPro18,1", "MacOSX", "15.6.1", ""},
	},
	{
		{"1Password for Windows", "81118036", "DESKTOP-{serial}", "Latitude 7450", "Windows", "11.0", ""},
		{"1Password for Android", "81116012", "{given}’s Pixel", "Pixel 9", "Android", "16", ""},
		{"1Password Browser Extension", "81117020", "Edge", "141.0.3537.57", "Windows", "11.0", ""},
		{"1Password for Web", "2153", "Edge", "141.0.3537.57", "Windows", "11.0", ""},
	},
	{
		{"1Password for Linux", "81118036", "ws-{serial}", "ThinkPad X1 Carbon Gen 12", "Linux", "6.14.0", ""},
		{"1Password for Android", "81116012", "{given}’s Galaxy", "SM-S921B", "Android", "15", ""},
		{"1Password Browser Extension", "81115004", "Firefox", "144.0", "Linux", "6.14.0", ""},
		{"1Password CLI", "2310003", "ws-{serial}", "ThinkPad X1 Carbon Gen 12", "Linux", "6.14.0", ""},
	},
	{
		{"1Password for Mac", "81112041", "mini-{serial}", "Mac16,10", "MacOSX", "14.7.2", ""},
		{"1Password Browser Extension", "81117020", "Chrome", "141.0.7390.66", "MacOSX", "14.7.2", ""},
		{"1Password for Web", "2149", "Chrome", "141.0.7390.66", "MacOSX", "10.15.7", ""},
	},
}
