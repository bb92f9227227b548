#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/json_writer.h"
#include "cli/load_input.h"
#include "cli/manifest_json.h"
#include "cli/manifest_summary.h"
#include "cli/report_error.h"
#include "core/limits.h"
#include "media/manifest.h"

namespace rung::cli {
namespace {

struct InspectOptions {
  std::string input;
  std::string base_url;
  std::optional<std::int64_t> now_ms;
  bool json = false;
};

Duration wall_clock(const InspectOptions& options) {
  if (options.now_ms) return std::chrono::milliseconds(*options.now_ms);
  return std::chrono::system_clock::now().time_since_epoch();
}

/// A document that cannot be read is "refused" with status 1, whatever is wrong with it.
int refuse(const Error& error) {
  const int status = report_error(error);
  return error.code == ErrorCode::network ? status : 1;
}

int inspect(const InspectOptions& options) {
  const auto input = load_input(options.input, limits::manifest_size);
  if (!input) return refuse(input.error());
  const std::string& url = options.base_url.empty() ? input->url : options.base_url;
  auto manifest = media::parse_manifest(input->text, url, wall_clock(options));
  if (!manifest) return refuse(manifest.error());
  if (options.json) {
    JsonWriter json(stdout);
    write_manifest_json(json, *manifest, url);
  } else {
    std::fputs(summarize_manifest(*manifest).c_str(), stdout);
  }
  return 0;
}

}  // namespace

void add_inspect_command(CLI::App& app, int& status) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect", "Show what a DASH or HLS manifest says");
  command->add_option("manifest", options->input, "MPD or playlist: a file or an http(s) URL")
      ->required();
  command->add_option("--base-url", options->base_url, "Resolve relative URLs against this one")
      ->type_name("URL");
  command
      ->add_option("--now-ms", options->now_ms,
                   "Milliseconds since 1970 to take for now in live documents")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4'000'000'000'000}));
  command->add_flag("--json", options->json, "Print JSON instead of a summary");
  command->callback([options, &status] { status = inspect(*options); });
}

}  // namespace rung::cli
