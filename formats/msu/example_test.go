package msu_test

import (
	"fmt"
	"log"

	"github.com/gildhq/gild/formats/msu"
)

func ExampleInspect() {
	packages, err := msu.Inspect(`windows10.0-kb5001330-x64.msu`)
	if err != nil {
		log.Print(err)
		return
	}
	for _, p := range packages {
		fmt.Println(p.Kind, p.KB(), p.Identity)
	}
}
