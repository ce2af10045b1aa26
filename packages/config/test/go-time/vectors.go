// Prints what Go's time.Format makes of many layouts and times in UTC, as JSON:
// layout -> Unix time in ms -> text.
//
//	go run test/go-time/vectors.go > test/golden/go-time.json
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"
)

var times = []time.Time{
	time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC),
	time.Date(2026, 9, 30, 23, 59, 59, 120e6, time.UTC),
	time.Date(2024, 2, 29, 0, 0, 0, 7e6, time.UTC),
	time.Date(2024, 12, 31, 12, 30, 9, 999e6, time.UTC),
	time.Date(1969, 5, 9, 11, 9, 0, 500e6, time.UTC),
	time.Date(99, 11, 20, 1, 1, 1, 1e6, time.UTC),
	time.Date(0, 3, 1, 13, 0, 30, 0, time.UTC),
	time.Date(-1, 8, 8, 22, 10, 10, 10e6, time.UTC),
	time.Date(-1234, 2, 28, 12, 0, 0, 0, time.UTC),
	time.Date(12345, 4, 17, 10, 0, 59, 40e6, time.UTC),
	time.Date(1900, 6, 10, 9, 45, 0, 990e6, time.UTC),
}

var chunks = []string{
	"2006", "06", "January", "Jan", "1", "01", "Monday", "Mon", "2", "_2", "02", "__2", "002",
	"15", "3", "03", "4", "04", "5", "05", "PM", "pm", "MST",
	"Z070000", "Z07:00:00", "Z0700", "Z07:00", "Z07",
	"-070000", "-07:00:00", "-0700", "-07:00", "-07",
	".0", ".000", ".000000", ".000000000", ".000000000000", ",0", ",000", ",000000",
	".9", ".999", ".999999", ".999999999", ".999999999999", ",9", ",999", ",999999999",
}

var literals = []string{
	"", "-", "_", "__", ".", ",", ":", "/", " ", "T", "Z", "z", "a", "A", "0", "00", "1", "6", "7",
	"8", "9", "99", "+", "é", "日", "😀", "%", "\\", "\"", "'", "\n", "\t", "<&>", "{}", "P", "p",
	"M", "Mo", "J", "Ja", "s", "uary", "day", "ST", "m", "20", "200", "-0", "Z0", "Z", "-07:", ".",
}

var odd = []string{
	"", "Janu", "Januar", "Januarys", "JanJan", "JANUARY", "jan", "Jane", "JanE", "Jan1", "Jané",
	"Mond", "Mondays", "Money", "MonMonth", "MONDAY", "Monz", "Mon0", "MSTx", "MS", "M",
	"_2006", "__2006", "___2", "____2", "_20", "_200", "_2007", "_06", "_1", "__1", "_002", "__02",
	"2006-01-02T15-04-05Z", "20060102T150405Z", "2006-002", "06.01.02", "2006_01_02", "2006__2",
	"200", "2007", "20065", "22006", "0", "00", "000", "001", "002006", "0002", "0022", "003", "07",
	"08", "006", "0105", "1501", "151", "115", "11", "12", "16", "3003", "45", "0405.000", "0405,999",
	"15:04:05.000Z", "15:04:05.0001", "15:04:05.9990", "15:04:05.00x", ".05", ".009", ".900", "..0",
	".,0", ".0.9", ",9,0", "0.0", "5.", "05.", ".", "PMPM", "Pm", "pM", "PpMm", "P", "p", "AM", "am",
	"Z7", "Z070", "Z07000", "Z0700:00", "Z07:0", "Z07:000", "Z07:00:0", "Z07:00:000", "ZZ07", "z07",
	"-7", "-070", "-07000", "-0700:00", "-07:0", "-07:00:0", "--07", "+07", "+0700", "GMT", "UTC",
	"Mon Jan _2 15:04:05 2006", "Mon Jan _2 15:04:05 MST 2006", "Mon Jan 02 15:04:05 -0700 2006",
	"02 Jan 06 15:04 MST", "02 Jan 06 15:04 -0700", "Monday, 02-Jan-06 15:04:05 MST",
	"Mon, 02 Jan 2006 15:04:05 MST", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.999999999Z07:00",
	"3:04PM", "Jan _2 15:04:05.000000", "nightly-2006-01-02", "v1-2006", "snapshot", "week-of-Jan-2",
	"release 15", "mirror_2006.01.02_15h04m05s", "2006-01-02T15-04-05.000Z",
}

func main() {
	layouts := append(append([]string{}, odd...), chunks...)
	for i, first := range chunks {
		second := chunks[(i*7+3)%len(chunks)]
		layouts = append(layouts, first+second, first+literals[i%len(literals)]+second)
	}
	for i, literal := range literals {
		layouts = append(layouts, literal+chunks[i%len(chunks)], chunks[(i+11)%len(chunks)]+literal)
	}
	random := rand.New(rand.NewSource(1))
	for n := 0; n < 250; n++ {
		var layout strings.Builder
		for parts := 1 + random.Intn(5); parts > 0; parts-- {
			layout.WriteString(chunks[random.Intn(len(chunks))])
			layout.WriteString(literals[random.Intn(len(literals))])
		}
		layouts = append(layouts, layout.String())
	}
	const letters = "0123456789_-.,:ZJanMo"
	for n := 0; n < 150; n++ {
		layout := make([]byte, 1+random.Intn(10))
		for i := range layout {
			layout[i] = letters[random.Intn(len(letters))]
		}
		layouts = append(layouts, string(layout))
	}
	vectors := map[string]map[string]string{}
	for n, layout := range layouts {
		texts := map[string]string{}
		for i := 0; i < 6; i++ {
			at := times[(n+i*i)%len(times)]
			texts[fmt.Sprint(at.UnixMilli())] = at.Format(layout)
		}
		vectors[layout] = texts
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(vectors); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
