// Package inf reads Windows setup information files (INF): the text files that
// describe device driver packages.
//
// [Parse] gives the [File]: its sections and lines with their numbers in the
// file, strings substituted, and what can be said without knowing where the
// driver is to go. [File.Resolve] then answers for one [Target], an
// architecture and a Windows version, as Windows does when it installs: which
// models are supported, which sections install them, with which services,
// registry entries and files, and where those files lie in the package and go
// in the system.
//
// An INF is often imperfect and still installs. Therefore only a file that is
// no INF at all is an error; everything else that is wrong is a [Problem] with
// its line, and reading goes on. Sections and directives this package has no
// meaning for are kept as lines.
//
// Names of sections, keys, files and device identifiers keep their letters and
// are compared without regard to case.
//
// # Templates
//
// The source of an INF that a driver's build completes (.inx) can be read as
// well: $ARCH$ in a decoration stands for every architecture, and a [Problem]
// says that the file is a template.
//
// Sources: "INF file sections and directives", "General syntax rules for INF
// files" and the pages they link to, in Microsoft's Windows driver
// documentation ("Device and driver installation"). References in this package
// name the page.
package inf
