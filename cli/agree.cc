#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/archive.h"
#include "cli/commands.h"
#include "cli/csv_field.h"
#include "cli/files.h"
#include "cli/number_range.h"
#include "cli/report_error.h"
#include "cli/trace_files.h"
#include "core/limits.h"
#include "evaluation/statistics.h"
#include "network_sim/agreement.h"
#include "network_sim/measured_log.h"
#include "session/recorded_session.h"

// `rung agree`: how far the simulated link is from transfers that were measured; docs/fidelity.md.

namespace rung::cli {
namespace {

using network_sim::Agreement;
using network_sim::ComparedTransfer;
using network_sim::LinkCapacity;

constexpr std::string_view logs_folder = "video_session_streams";
constexpr std::string_view capacity_folder = "ground_truth_capacity";

struct AgreeFlags {
  std::vector<std::string> paths;
  std::vector<std::string> session_logs;
  std::string trace;
  std::optional<double> overhead_percent;
  double rtt_milliseconds = 0;
  double trace_start_seconds = 0;
  std::string format = "table";
};

struct LogAgreement {
  std::string name;
  Agreement agreement;
};

/// "a/video_session_streams/b" with the folder of capacities in its place; none for other paths.
std::optional<std::string> capacity_beside(const std::string& path) {
  const std::filesystem::path log(path);
  const std::filesystem::path folder = log.parent_path();
  if (folder.filename() != logs_folder) return std::nullopt;
  return (folder.parent_path() / capacity_folder / log.filename()).string();
}

/// Where texts come from: files on disk, or those of an archive.
class Source {
 public:
  static Expected<Source> create(const std::string& path) {
    Source source(path);
    std::error_code error;
    if (std::filesystem::is_directory(path, error) || !is_archive(path)) return source;
    auto files = read_archive(path);
    if (!files) return tl::unexpected(files.error());
    source.packed_ = *std::move(files);
    return source;
  }
  /// The logs with a capacity's folder beside them, in order of name.
  [[nodiscard]] Expected<std::vector<std::string>> logs() const {
    std::vector<std::string> found;
    if (packed_) {
      for (const auto& [name, text] : *packed_)
        if (capacity_beside(name)) found.push_back(name);
    } else {
      const auto files = trace_files({path_});
      if (!files) return tl::unexpected(files.error());
      for (const std::string& file : *files)
        if (capacity_beside(file)) found.push_back(file);
    }
    if (!found.empty()) return found;
    return failure(ErrorCode::not_found,
                   fmt::format("there is no log in a folder {}, with the capacity under the same "
                               "name in {} beside it",
                               logs_folder, capacity_folder),
                   path_);
  }
  [[nodiscard]] Expected<std::string> text(const std::string& name) const {
    if (!packed_) return read_file(name, limits::text_file_size);
    const auto found = packed_->find(name);
    if (found == packed_->end())
      return failure(ErrorCode::not_found, "is not in the archive", display(name));
    return found->second;
  }
  [[nodiscard]] std::string display(const std::string& name) const {
    return packed_ ? path_ + ":" + name : name;
  }

 private:
  explicit Source(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::optional<std::map<std::string, std::string>> packed_;
};

Expected<LogAgreement> compare(const Source& source, const std::string& log,
                               const AgreeFlags& flags) {
  const std::string beside = capacity_beside(log).value_or(log);
  const auto capacity_text = source.text(beside);
  if (!capacity_text) return tl::unexpected(capacity_text.error());
  auto capacity = network_sim::read_measured_capacity(*capacity_text, source.display(beside));
  if (!capacity) return tl::unexpected(capacity.error());
  const auto text = source.text(log);
  if (!text) return tl::unexpected(text.error());
  const auto transfers =
      network_sim::read_measured_transfers(*text, source.display(log), capacity->began);
  if (!transfers) return tl::unexpected(transfers.error());
  const Duration known = capacity->trace.duration();
  const double share =
      flags.overhead_percent ? *flags.overhead_percent / 100 : LinkCapacity::tcp_headers;
  const LinkCapacity link(std::move(capacity->trace), LinkCapacity::with_headers(share));
  return LogAgreement{
      .name = source.display(log),
      .agreement = network_sim::agreement(
          *transfers, link,
          {.default_rtt = from_seconds(flags.rtt_milliseconds / 1000), .known = known})};
}

Expected<std::vector<LogAgreement>> compare_session_logs(const AgreeFlags& flags) {
  auto trace = read_trace(flags.trace);
  if (!trace) return tl::unexpected(trace.error());
  const LinkCapacity link(*std::move(trace),
                          LinkCapacity::with_headers(flags.overhead_percent.value_or(0) / 100));
  std::vector<LogAgreement> found;
  for (const std::string& path : flags.session_logs) {
    const auto text = read_file(path, limits::text_file_size);
    if (!text) return tl::unexpected(text.error());
    const auto recording =
        session::parse_session_log(session::split_session_log(*text).front(), path);
    if (!recording) return tl::unexpected(recording.error());
    found.push_back({.name = path,
                     .agreement = network_sim::agreement(
                         network_sim::measured_transfers(*recording), link,
                         {.default_rtt = from_seconds(flags.rtt_milliseconds / 1000),
                          .known = std::nullopt,
                          .offset = from_seconds(flags.trace_start_seconds)})});
  }
  return found;
}

Expected<std::vector<LogAgreement>> compare_all(const AgreeFlags& flags) {
  std::vector<LogAgreement> found;
  if (!flags.session_logs.empty()) {
    auto compared = compare_session_logs(flags);
    if (!compared) return compared;
    found = *std::move(compared);
  }
  for (const std::string& path : flags.paths) {
    const auto source = Source::create(path);
    if (!source) return tl::unexpected(source.error());
    const auto logs = source->logs();
    if (!logs) return tl::unexpected(logs.error());
    for (const std::string& log : *logs) {
      auto compared = compare(*source, log, flags);
      if (!compared) return tl::unexpected(compared.error());
      found.push_back(*std::move(compared));
    }
  }
  return found;
}

/// Of errors relative to what was measured.
struct Errors {
  std::string name;
  std::vector<double> signed_errors;
  std::vector<double> sizes_of_errors;

  void sort() {
    std::ranges::sort(signed_errors);
    for (const double error : signed_errors) sizes_of_errors.push_back(std::abs(error));
    std::ranges::sort(sizes_of_errors);
  }
  [[nodiscard]] double of_size(double share) const {
    return evaluation::quantile(sizes_of_errors, share);
  }
  [[nodiscard]] double median() const { return evaluation::quantile(signed_errors, 0.5); }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double error : signed_errors) sum += error;
    return sum / static_cast<double>(signed_errors.size());
  }
};

/// All of them, and by size of the transfer. Classes without a transfer are left out.
std::vector<Errors> errors_of(const std::vector<LogAgreement>& logs) {
  constexpr std::int64_t small = 50'000;
  constexpr std::int64_t large = 500'000;
  std::vector<Errors> classes{{"all", {}, {}},
                              {"below 50 kB", {}, {}},
                              {"50 to 500 kB", {}, {}},
                              {"500 kB and more", {}, {}}};
  for (const LogAgreement& log : logs)
    for (const ComparedTransfer& transfer : log.agreement.transfers) {
      const std::int64_t bytes = transfer.measured.size.bytes();
      classes[0].signed_errors.push_back(transfer.error());
      classes[bytes < small ? 1 : bytes < large ? 2 : 3].signed_errors.push_back(transfer.error());
    }
  std::erase_if(classes, [](const Errors& errors) { return errors.signed_errors.empty(); });
  for (Errors& errors : classes) errors.sort();
  return classes;
}

struct LeftOut {
  std::size_t overlapping = 0;
  std::size_t outside = 0;
  std::size_t instant = 0;
};

LeftOut left_out(const std::vector<LogAgreement>& logs) {
  LeftOut sum;
  for (const LogAgreement& log : logs) {
    sum.overlapping += log.agreement.overlapping;
    sum.outside += log.agreement.outside;
    sum.instant += log.agreement.instant;
  }
  return sum;
}

std::string agreement_table(const std::vector<LogAgreement>& logs,
                            const std::vector<Errors>& classes) {
  const LeftOut out = left_out(logs);
  std::string text = fmt::format(
      "{} transfers of {} logs; left out: {} beside others, {} beyond the known capacity, {} that "
      "took no time.\n"
      "Error of the simulated time of a transfer, in percent of the measured one:\n"
      "{:<15} {:>9} {:>12} {:>8} {:>8} {:>8} {:>8}\n",
      classes.front().signed_errors.size(), logs.size(), out.overlapping, out.outside, out.instant,
      "transfers of", "number", "median size", "p90", "p95", "median", "mean");
  for (const Errors& errors : classes)
    fmt::format_to(std::back_inserter(text),
                   "{:<15} {:>9} {:>12.2f} {:>8.2f} {:>8.2f} {:>+8.2f} {:>+8.2f}\n", errors.name,
                   errors.signed_errors.size(), 100 * errors.of_size(0.5),
                   100 * errors.of_size(0.9), 100 * errors.of_size(0.95), 100 * errors.median(),
                   100 * errors.mean());
  return text;
}

std::string agreement_json(const std::vector<LogAgreement>& logs,
                           const std::vector<Errors>& classes) {
  const LeftOut out = left_out(logs);
  nlohmann::ordered_json json;
  json["logs"] = logs.size();
  json["left_out"] = {
      {"overlapping", out.overlapping}, {"outside", out.outside}, {"instant", out.instant}};
  for (const Errors& errors : classes)
    json["errors"].push_back({{"transfers_of", errors.name},
                              {"transfers", errors.signed_errors.size()},
                              {"median_abs", errors.of_size(0.5)},
                              {"p90_abs", errors.of_size(0.9)},
                              {"p95_abs", errors.of_size(0.95)},
                              {"median", errors.median()},
                              {"mean", errors.mean()}});
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string agreement_csv(const std::vector<LogAgreement>& logs) {
  std::string text = "log,requested_s,size_bytes,rtt_s,measured_s,simulated_s,error\n";
  for (const LogAgreement& log : logs)
    for (const ComparedTransfer& transfer : log.agreement.transfers)
      fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{},{}\n", csv_field(log.name),
                     to_seconds(transfer.measured.requested - Timestamp{}),
                     transfer.measured.size.bytes(), to_seconds(transfer.rtt),
                     to_seconds(transfer.took()), to_seconds(transfer.simulated), transfer.error());
  return text;
}

int agree(const AgreeFlags& flags) {
  if (flags.paths.empty() && flags.session_logs.empty())
    return report_error({ErrorCode::invalid_argument,
                         "name logs with a known capacity, or --session-log with --trace",
                         "agree"});
  const auto logs = compare_all(flags);
  if (!logs) return report_error(logs.error());
  const std::vector<Errors> classes = errors_of(*logs);
  if (classes.empty())
    return report_error(
        {ErrorCode::malformed, "no transfer here can be compared", logs->front().name});
  const std::string text = flags.format == "csv"    ? agreement_csv(*logs)
                           : flags.format == "json" ? agreement_json(*logs, classes)
                                                    : agreement_table(*logs, classes);
  std::fwrite(text.data(), 1, text.size(), stdout);  // main() tells when it is lost.
  return 0;
}

}  // namespace

void add_agree_command(CLI::App& app, int& status) {
  auto flags = std::make_shared<AgreeFlags>();
  CLI::App* command = app.add_subcommand(
      "agree", "Compare simulated transfer times with measured ones, on links of known capacity");
  command->add_option("LOG", flags->paths,
                      "Logs in a folder video_session_streams with the capacity in "
                      "ground_truth_capacity beside it, folders or archives that hold such");
  CLI::Option* trace = command->add_option("--trace", flags->trace,
                                           "What shaped the link that the session logs are of");
  command
      ->add_option("--session-log", flags->session_logs,
                   "Session logs written by `rung play --session-log`")
      ->needs(trace);
  command
      ->add_option("--trace-start", flags->trace_start_seconds,
                   "Where in the trace a session log begins, in seconds [0]")
      ->check(number_from(0, 86'400.0 * 366));
  command
      ->add_option("--overhead", flags->overhead_percent,
                   "Headers in percent of the body [3.59, those of TCP/IP; 0 for session logs]")
      ->check(number_from(0, 1000.0));
  command
      ->add_option(
          "--rtt", flags->rtt_milliseconds,
          "Request to first byte in milliseconds, where neither log nor trace tells it [0]")
      ->check(number_from(0, 600'000.0));
  command->add_option("--format", flags->format, "table, csv (every transfer) or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->callback([flags, &status] { status = agree(*flags); });
}

}  // namespace rung::cli
