package dashboards

import (
	"cmp"
	"io/fs"
	"slices"
)

// Description is what a document says of a dashboard.
type Description struct {
	Name      string // of its file and its picture
	Title     string
	Text      string
	Questions []string // the titles of its panels
}

// Describe returns the descriptions of the dashboards: the overview, and the others in the order of its
// links.
func Describe(repository fs.FS) ([]Description, error) {
	s, err := readSource(repository)
	if err != nil {
		return nil, err
	}
	var all []Description
	order := []string{"overview"}
	for _, d := range s.dashboards {
		description := Description{Name: d.name, Title: d.Title, Text: d.Description}
		for _, row := range d.Rows {
			for _, p := range row.Panels {
				if d.name == order[0] {
					order = append(order, p.Links...)
				}
				if p.Links == nil && p.Markdown == "" {
					description.Questions = append(description.Questions, p.Title)
				}
			}
		}
		all = append(all, description)
	}
	place := func(d Description) int {
		if i := slices.Index(order, d.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b Description) int { return cmp.Compare(place(a), place(b)) })
	return all, nil
}
