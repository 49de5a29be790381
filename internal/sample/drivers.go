package sample

import "fmt"

// drivers adds the folders of the driver packages that the registry records.
func (t *tree) drivers() {
	for _, d := range []struct{ inf, hash, class, guid string }{
		{"stornvme.inf", "0123456789abcdef", "SCSIAdapter", "{4d36e97b-e325-11ce-bfc1-08002be10318}"},
		{"usbprint.inf", "fedcba9876543210", "Printer", "{4d36e979-e325-11ce-bfc1-08002be10318}"},
	} {
		text := fmt.Appendf(nil, "[Version]\r\nSignature=\"$Windows NT$\"\r\nClass=%s\r\nClassGuid=%s\r\nProvider=\"Microsoft\"\r\nDriverVer=06/21/2006,10.0.26100.1\r\n", d.class, d.guid)
		t.bytes("Windows/INF/"+d.inf, text)
		t.bytes("Windows/System32/DriverStore/FileRepository/"+d.inf+"_amd64_"+d.hash+"/"+d.inf, text)
	}
}
