package fakeapi

import "time"

// name is part of a person's name and how it is written in an email address.
type name struct{ written, mail string }

var givenNames = []name{
	{"Amara", "amara"}, {"Bruno", "bruno"}, {"Chloé", "chloe"}, {"Dmitri", "dmitri"},
	{"Esther", "esther"}, {"Farid", "farid"}, {"Greta", "greta"}, {"Hiro", "hiro"},
	{"Inês", "ines"}, {"Jonas", "jonas"}, {"Kaveh", "kaveh"}, {"Łucja", "lucja"},
	{"Minh", "minh"}, {"Nadia", "nadia"}, {"Óscar", "oscar"}, {"Priya", "priya"},
	{"Rasmus", "rasmus"}, {"Søren", "soren"}, {"Tendai", "tendai"}, {"Zoë", "zoe"},
}

var familyNames = []name{
	{"Abara", "abara"}, {"Bergström", "bergstrom"}, {"Castellan", "castellan"},
	{"D'Orsay", "dorsay"}, {"Fairweather", "fairweather"}, {"Grünwald", "grunwald"},
	{"Hollowell", "hollowell"}, {"Ishimori", "ishimori"}, {"Kowalczyk", "kowalczyk"},
	{"Lindqvist", "lindqvist"}, {"Marchetti", "marchetti"}, {"Núñez", "nunez"},
	{"Okonjo", "okonjo"}, {"Pemberly", "pemberly"}, {"Quispe", "quispe"},
	{"Ramanujam", "ramanujam"}, {"Sørensen-Holt", "sorensen-holt"}, {"Thackeray", "thackeray"},
}

var domains = []choice[string]{
	{5, "example.com"},
	{1, "example.org"},
}

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

// kits are sets of clients one person uses. Native apps and the command line
// tool tell the name and model of the device, the others the browser.
// {given} stands for the person's name, {serial} for letters of their own.
var kits = [][]client{
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
