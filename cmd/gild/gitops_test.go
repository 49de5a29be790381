package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// shellParts returns the shell parts of a pipeline, by the names of the fields that lead to
// them; those of a list are one.
func shellParts(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "gitops", file))
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	parts := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, e := range v {
				at := strings.TrimPrefix(path+"/"+name, "/")
				text, isText := e.(string)
				lines, isList := e.([]any)
				switch {
				case (name == "run" || name == "bash") && isText:
					parts[path] += text + "\n"
				case name == "script" && isList:
					for _, line := range lines {
						parts[path] += line.(string) + "\n"
					}
				default:
					walk(at, e)
				}
			}
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		}
	}
	walk("", doc)
	return parts
}

// shell runs a part with gild, and no other program of a service, in a folder.
func shell(t *testing.T, dir, script string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("bash", "-e", "-c", script)
	cmd.Dir = dir
	cmd.Env = append([]string{
		"PATH=" + filepath.Join(dir, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir, "GILD_DISM=none", schemasVar + "=" + schemaDir(),
	}, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestGitOps runs the shell parts of examples/gitops: what they plan is what they apply.
func TestGitOps(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("bash is missing, or is one of Windows: the scripts of examples/gitops are for bash on Linux and macOS")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	prepare := func(t *testing.T) string {
		t.Helper()
		dir := t.TempDir()
		for _, sub := range []string{"bin", "out"} {
			if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(program, filepath.Join(dir, "bin", "gild")); err != nil {
			t.Fatal(err)
		}
		const config = `image "install" {
  source = "base.wim"
  output = "out/install.wim"
  registry "x" {
    key   = "HKLM/SOFTWARE/Contoso"
    name  = "x"
    value = 1
  }
}
`
		if err := os.WriteFile(filepath.Join(dir, "a.gild.hcl"), []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{}); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	made := func(t *testing.T, dir string) {
		t.Helper()
		if _, err := os.Stat(filepath.Join(dir, "out", "install.wim")); err != nil {
			t.Error(err)
		}
	}
	good := func(t *testing.T, dir, script string, env ...string) string {
		t.Helper()
		if script == "" {
			t.Fatal("no shell part")
		}
		out, err := shell(t, dir, script, env...)
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, script, out)
		}
		return out
	}
	read := func(t *testing.T, path string) string {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}

	t.Run("github", func(t *testing.T) {
		dir, run := prepare(t), shellParts(t, "github/action.yml")["runs/steps"]
		output, summary := filepath.Join(dir, "output"), filepath.Join(dir, "summary")
		env := []string{"GITHUB_ACTIONS=true", "GITHUB_OUTPUT=" + output, "GITHUB_STEP_SUMMARY=" + summary, "GILD_PLAN=a plan", "GILD_IMAGE=out/install.wim"}
		good(t, dir, run, append(env, "GILD_COMMAND=plan")...)
		if text := read(t, output); !strings.Contains(text, "changes=true\n") || !strings.Contains(text, "a plan.md\n") {
			t.Errorf("outputs:\n%s", text)
		}
		if md := read(t, filepath.Join(dir, "a plan.md")); md != read(t, summary) || !strings.HasPrefix(md, "### gild plan: 1 to add") {
			t.Errorf("Markdown:\n%s", md)
		}
		good(t, dir, run, append(env, "GILD_COMMAND=apply")...)
		made(t, dir)
		if err := os.Remove(output); err != nil {
			t.Fatal(err)
		}
		good(t, dir, run, append(env, "GILD_COMMAND=drift")...)
		if text := read(t, output); text != "changes=false\n" {
			t.Errorf("after drift: %s", text)
		}
		if out, err := shell(t, dir, run, append(env, "GILD_COMMAND=$(touch x)")...); err == nil || !strings.Contains(out, "::error::") {
			t.Errorf("another command: %v\n%s", err, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "x")); err == nil {
			t.Error("an input was a command")
		}
	})
	t.Run("gitlab", func(t *testing.T) {
		dir, parts := prepare(t), shellParts(t, "gitlab/gild.gitlab-ci.yml")
		quality := "GILD_CODE_QUALITY=" + filepath.Join(dir, "gl-code-quality-report.json")
		good(t, dir, parts["gild plan"], quality)
		if text := read(t, filepath.Join(dir, "gl-code-quality-report.json")); text != "[]\n" {
			t.Errorf("code quality: %s", text)
		}
		good(t, dir, parts["gild apply"], quality)
		made(t, dir)
		good(t, dir, parts["gild drift"], quality, "GILD_IMAGE=out/install.wim")
	})
	t.Run("azure", func(t *testing.T) {
		dir, parts := prepare(t), shellParts(t, "azure/azure-pipelines.yml")
		out := good(t, dir, parts["stages/jobs/steps"], "TF_BUILD=True")
		if !strings.Contains(out, "##vso[task.setvariable variable=changes;isOutput=true]true\n") || !strings.Contains(out, "##vso[task.uploadsummary]"+dir+"/plan.md\n") {
			t.Errorf("commands:\n%s", out)
		}
		good(t, dir, parts["stages/jobs/strategy/runOnce/deploy/steps"])
		made(t, dir)
	})
	t.Run("atlantis", func(t *testing.T) {
		dir, parts := prepare(t), shellParts(t, "atlantis/repos.yaml")
		plan := "PLANFILE=" + filepath.Join(dir, "default.tfplan")
		good(t, dir, parts["workflows/gild/plan/steps"], plan)
		good(t, dir, parts["workflows/gild/apply/steps"], plan)
		made(t, dir)
	})
}

// TestGitOpsFiles has other programs read the examples: each file, and its shell parts.
func TestGitOpsFiles(t *testing.T) {
	dir := filepath.Join("..", "..", "examples", "gitops")
	testenv.Run(t, "yamllint", "--strict", "--config-file", filepath.Join(dir, ".yamllint"), dir)
	for _, file := range []string{"github/action.yml", "github/workflow.yml", "gitlab/gild.gitlab-ci.yml", "azure/azure-pipelines.yml", "atlantis/repos.yaml"} {
		parts := shellParts(t, file)
		if len(parts) == 0 {
			t.Errorf("%s has no shell part", file)
		}
		for name, text := range parts {
			script := filepath.Join(t.TempDir(), "part")
			if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Log(file, name)
			testenv.Run(t, "shellcheck", "--shell=bash", script)
		}
	}
}
