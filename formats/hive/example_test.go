package hive_test

import (
	"fmt"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

func Example() {
	at := nt.Time(133536834151234567)
	h := hive.New(hive.NewOptions{FileName: "SOFTWARE", Written: at})
	key, err := h.Root().CreateSubkey(`Policies\Contoso`, at)
	if err != nil {
		panic(err)
	}
	if err := key.Set("Server", hive.RegSZ, hive.EncodeString("srv01"), at); err != nil {
		panic(err)
	}
	file, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		panic(err)
	}

	again, err := hive.Open(file) // with the contents of .LOG1 and .LOG2, if there are any
	if err != nil {
		panic(err)
	}
	key, err = again.Root().Lookup(`policies\contoso`)
	if err != nil {
		panic(err)
	}
	value, err := key.Value("server")
	if err != nil {
		panic(err)
	}
	text, err := value.Text()
	fmt.Println(key.Path(), value.Name, value.Type, text, err, key.LastWritten())
	// Output: Policies\Contoso Server REG_SZ srv01 <nil> 2024-02-29T12:30:15.1234567Z
}
