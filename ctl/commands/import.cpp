// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "config/load.h"
#include "config/outside.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "import/import.h"

namespace holdfast::ctl {
namespace {

// The exit status beside kOk, all is translated, and kFailed, nothing is written.
constexpr int kReported = 3;  // written, and something is reported
constexpr int kInvalid = 4;   // written, and holdfastd would refuse it

struct ImportOptions {
  std::string file;
  std::string output;     // empty: standard output
  std::string config_id;  // empty: the host's name up to its first dot, as keepalived has it
  bool json = false;      // of the report
  bool strict = false;    // write nothing if anything is reported
};

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(path, error);
  if (error) return fail(error.message());
  if (!regular) return fail("it is no regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(std::generic_category().message(errno));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> files_of(const std::string& pattern) {
  ::glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_BRACE, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

std::optional<std::string> find_program(const std::string& name) {
  for (const char* folder : {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/"}) {
    const std::string path = folder + name;
    if (name.find('/') == std::string::npos && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

importer::Machine this_machine(const std::string& config_id) {
  const std::string host = host_name();
  return {.read = read_file,
          .glob = files_of,
          .find_program = find_program,
          .user_exists =
              [](const std::string& name) {
                return ::getpwnam(name.c_str()) != nullptr;  // NOLINT(concurrency-mt-unsafe)
              },
          .environment = environment,
          .config_id = config_id.empty() ? host.substr(0, host.find('.')) : config_id};
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ::ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A new file that nobody else may read: it may hold a password. Never over one that is there.
bool write_result(const std::string& path, const std::string& text) {
  if (path.empty()) return write_all(STDOUT_FILENO, text);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    std::perror(("holdfastctl: " + path).c_str());
    return false;
  }
  const bool written = write_all(file, text) && ::fsync(file) == 0;
  if (!written) std::perror(("holdfastctl: " + path).c_str());
  return ::close(file) == 0 && written;
}

bool says(const std::string& text) {
  return std::fputs(text.c_str(), stderr) >= 0;
}

int import_file(const ImportOptions& options) {
  const importer::Imported imported =
      importer::import_keepalived(options.file, this_machine(options.config_id));
  says(options.json ? importer::report_json(imported) : importer::report_text(imported));
  if (!imported.problems.empty()) return kFailed;
  const bool reported = imported.reported != 0 || imported.unknown != 0;
  if (options.strict && reported) {
    says("holdfastctl: nothing is written, since --strict was given\n");
    return kFailed;
  }
  if (!write_result(options.output, imported.yaml)) return kFailed;
  const std::string name = options.output.empty() ? "the result" : options.output;
  const Loaded loaded = load_config(imported.yaml, name, host_name());
  for (const Diagnostic& fault : loaded.diagnostics) says(fault.to_string() + "\n");
  if (!loaded.ok()) {
    if (!options.json) says("holdfastctl: holdfastd would refuse it, for the faults above\n");
    return kInvalid;
  }
  return reported ? kReported : kOk;
}

}  // namespace

std::vector<Verb> add_import(CLI::App& program, const Globals& /*globals*/) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* const verb = program.add_subcommand(
      "import",
      "a keepalived.conf as a configuration of Holdfast. Exit status: 0 all is translated, 1 "
      "nothing is written, 3 written, and something is reported, 4 written, and holdfastd would "
      "refuse it");
  verb->add_option("FILE", options->file, "keepalived.conf")->required();
  verb->add_option("-o,--output", options->output, "a new file, instead of standard output");
  verb->add_option("--config-id", options->config_id, "of lines as @ID; default: the host's name");
  verb->add_flag("--json", options->json, "the report, for programs");
  verb->add_flag("--strict", options->strict, "write nothing if anything is reported");
  return {{verb, [options] { return import_file(*options); }}};
}

}  // namespace holdfast::ctl
