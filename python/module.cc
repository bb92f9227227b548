#include <fmt/format.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "abr/policy_factory.h"
#include "cli/report_error.h"
#include "cli/run_sweep.h"
#include "cli/simulation_table.h"
#include "python/environment.h"
#include "python/session_source.h"
#include "python/vector_environment.h"

// The compiled half of the Python package `rung`; python/rung/__init__.py is what people see.

namespace py = pybind11;

namespace rung::python {
namespace {

using cli::Column;
using cli::ColumnType;
using network_sim::Outcome;
using network_sim::Sweep;
using network_sim::TransferRecord;
using Strings = std::vector<std::string>;
using Seeds = std::vector<std::uint64_t>;
template <typename T>
using Array = py::array_t<T, py::array::c_style>;

/// Environments that one vector may have, threads, and sessions of one run.
constexpr std::size_t most_environments = 65'536;
constexpr std::size_t most_threads = 1024;
constexpr std::size_t most_sessions = 5'000'000;

/// The sentence that the program would print.
[[noreturn]] void raise(const Error& error) {
  const std::string text = cli::error_line(error);
  PyObject* type = PyExc_ValueError;
  if (error.code == ErrorCode::not_found) type = PyExc_FileNotFoundError;
  if (error.code == ErrorCode::io) type = PyExc_OSError;
  PyErr_SetString(type, text.c_str());
  throw py::error_already_set();
}

[[noreturn]] void refuse(std::string message, std::string where = {}) {
  raise({ErrorCode::invalid_argument, std::move(message), std::move(where)});
}

template <typename T>
T value_of(Expected<T> expected) {
  if (!expected) raise(expected.error());
  return *std::move(expected);
}

double real_of(const Column& column) {
  return column.value == "null" ? std::numeric_limits<double>::quiet_NaN()
                                : std::stod(column.value);
}

/// What `rung simulate --format jsonl` writes of a session.
py::dict report_of(const Sweep& sweep, std::size_t index, const Outcome& outcome) {
  py::dict made;
  for (const Column& column :
       cli::session_columns(sweep, index, outcome, sweep.estimator_of(sweep.place(index).policy))) {
    const py::str name(column.name);
    if (column.type == ColumnType::text)
      made[name] = column.value;
    else if (column.type == ColumnType::real)
      made[name] = real_of(column);
    else
      made[name] = std::stoll(column.value);
  }
  return made;
}

/// `field` of all `entries`.
template <typename T, typename Entry, typename Field>
Array<T> column_of(const std::vector<Entry>& entries, const Field& field) {
  Array<T> made(static_cast<py::ssize_t>(entries.size()));
  T* const to = made.mutable_data();
  for (std::size_t i = 0; i < entries.size(); ++i) to[i] = field(entries[i]);
  return made;
}

double seconds(Timestamp at) { return to_seconds(at.time_since_epoch()); }

py::dict transfers_of(const std::vector<TransferRecord>& records) {
  py::dict made;
  const auto whole = [&](const char* name, const auto& field) {
    made[name] = column_of<std::int64_t>(records, field);
  };
  const auto real = [&](const char* name, const auto& field) {
    made[name] = column_of<double>(records, field);
  };
  whole("segment", [](const auto& r) { return r.segment; });
  whole("representation",
        [](const auto& r) { return static_cast<std::int64_t>(r.representation); });
  whole("size_bytes", [](const auto& r) { return r.size.bytes(); });
  real("request_s", [](const auto& r) { return seconds(r.requested); });
  real("first_byte_s", [](const auto& r) {
    return r.first_byte ? seconds(*r.first_byte) : std::numeric_limits<double>::quiet_NaN();
  });
  real("done_s", [](const auto& r) { return seconds(r.done); });
  real("buffer_before_s", [](const auto& r) { return to_seconds(r.buffer_before); });
  real("buffer_after_s", [](const auto& r) { return to_seconds(r.buffer_after); });
  real("stall_s", [](const auto& r) { return to_seconds(r.stalled); });
  made["abandoned"] = column_of<bool>(records, [](const auto& r) { return r.abandoned; });
  return made;
}

py::dict simulate(const std::string& title, const std::string& trace, const std::string& policy,
                  std::uint64_t seed, const SessionSettings& settings) {
  std::vector<TransferRecord> records;
  const auto run = [&]() -> Expected<std::pair<Sweep, Outcome>> {
    const py::gil_scoped_release others_run;
    auto sweep = make_sweep({title}, {trace}, {policy}, {seed}, settings);
    if (!sweep) return tl::unexpected(sweep.error());
    if (sweep->size() != 1)
      return failure(ErrorCode::invalid_argument, "is more than one trace", trace);
    const auto outcome = sweep->run(0, &records);
    if (!outcome) return tl::unexpected(outcome.error());
    return std::pair(*std::move(sweep), *outcome);
  };
  const auto [sweep, outcome] = value_of(run());
  py::dict made = report_of(sweep, 0, outcome);
  made["transfers"] = transfers_of(records);
  return made;
}

/// Every session of a sweep, one array for each column of `rung simulate`.
py::dict sweep(const Strings& titles, const Strings& traces, const Strings& policies,
               const Seeds& seeds, unsigned jobs, const SessionSettings& settings) {
  if (jobs > most_threads) refuse(fmt::format("{} are more than {}", jobs, most_threads), "jobs");
  const auto run = [&]() -> Expected<std::pair<Sweep, std::vector<Outcome>>> {
    const py::gil_scoped_release others_run;
    auto sweep = make_sweep(titles, traces, policies, seeds, settings);
    if (!sweep) return tl::unexpected(sweep.error());
    if (sweep->size() > most_sessions)
      return failure(ErrorCode::limit_exceeded,
                     fmt::format("{} sessions are more than {}", sweep->size(), most_sessions));
    auto outcomes = cli::run_sweep(*sweep, cli::threads_for(jobs));
    if (!outcomes) return tl::unexpected(outcomes.error());
    return std::pair(*std::move(sweep), *std::move(outcomes));
  };
  const auto [swept, outcomes] = value_of(run());
  std::vector<std::vector<Column>> columns;  // By name, then by session.
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto row =
        cli::session_columns(swept, i, outcomes[i], swept.estimator_of(swept.place(i).policy));
    columns.resize(row.size());
    for (std::size_t k = 0; k < row.size(); ++k) columns[k].push_back(row[k]);
  }
  py::dict made;
  for (const std::vector<Column>& column : columns) {
    const py::str name(column.front().name);
    if (column.front().type == ColumnType::text) {
      py::list values;
      for (const Column& entry : column) values.append(entry.value);
      made[name] = py::array(py::module_::import("numpy").attr("array")(values));
    } else if (column.front().type == ColumnType::real) {
      made[name] = column_of<double>(column, real_of);
    } else {
      made[name] =
          column_of<std::int64_t>(column, [](const Column& c) { return std::stoll(c.value); });
    }
  }
  return made;
}

/// The sessions that environments draw from, shared by as many as there are.
using Sessions = std::shared_ptr<const Sweep>;

/// Who chooses is outside: the policy of the sweep is but a name.
constexpr const char* chooser = "python";

std::shared_ptr<Sweep> load_sessions(const Strings& titles, const Strings& traces,
                                     const SessionSettings& settings) {
  const auto load = [&] {
    const py::gil_scoped_release others_run;
    return make_sweep(titles, traces, {std::string(abr::default_policy)}, {1}, settings);
  };
  auto loaded = std::make_shared<Sweep>(value_of(load()));
  loaded->policies = {chooser};
  return loaded;
}

/// The array's numbers, which must be `size`.
template <typename T>
std::span<T> numbers_of(Array<T>& array, std::size_t size) {
  if (std::cmp_not_equal(array.size(), size))
    refuse(fmt::format("an array has {} numbers where {} are needed", array.size(), size));
  return {array.mutable_data(), size};
}

std::optional<std::size_t> place(std::optional<std::int64_t> index, std::size_t count,
                                 const char* name) {
  if (!index) return std::nullopt;
  if (*index < 0 || std::cmp_greater_equal(*index, count))
    refuse(fmt::format("there are {}, and no number {}", count, *index), name);
  return static_cast<std::size_t>(*index);
}

/// An environment with the sweep that it is made of.
class PyEnvironment {
 public:
  PyEnvironment(Sessions sessions, std::uint64_t seed)
      : sessions_(std::move(sessions)), environment_(sessions_, seed) {}

  void reseed(std::uint64_t seed) { environment_.reseed(seed); }
  void reset(std::optional<std::int64_t> title, std::optional<std::int64_t> trace) {
    const auto begun = environment_.reset(place(title, sessions_->titles.size(), "title"),
                                          place(trace, sessions_->links.size(), "trace"));
    if (!begun) raise(begun.error());
    begun_ = true;
  }
  /// What the action is worth, and whether the session has ended by itself or by its limit.
  std::tuple<double, bool, bool> step(std::int64_t action, double wait) {
    if (!environment_.waits()) refuse("no session runs; reset() begins one");
    if (!environment_.possible(action))
      refuse(fmt::format("there is no representation {} of this segment", action), "action");
    if (!(wait >= 0 && wait <= 86'400))
      refuse(fmt::format("a number from 0 to 86400 is needed, not {}", wait), "wait");
    const double worth = environment_.step(action, from_seconds(wait));
    const bool ended = !environment_.waits();
    const bool truncated = ended && environment_.truncated();
    return {worth, ended && !truncated, truncated};
  }
  void observe(Array<float> numbers) const {
    environment_.observe(numbers_of(numbers, Environment::observation_size(*sessions_)));
  }
  py::dict report() const {
    if (!begun_) refuse("no session runs; reset() begins one");
    return report_of(*sessions_, environment_.index(), environment_.outcome());
  }

 private:
  Sessions sessions_;
  Environment environment_;
  bool begun_ = false;
};

class PyVectorEnvironment {
 public:
  PyVectorEnvironment(Sessions sessions, std::int64_t count, std::int64_t threads,
                      std::uint64_t seed)
      : numbers_(Environment::observation_size(*sessions)) {
    if (count < 1 || std::cmp_greater(count, most_environments))
      refuse(fmt::format("a number from 1 to {} is needed, not {}", most_environments, count),
             "num_envs");
    if (threads < 0 || std::cmp_greater(threads, most_threads))
      refuse(fmt::format("a number from 0 to {} is needed, not {}", most_threads, threads),
             "threads");
    environments_ =
        std::make_unique<VectorEnvironment>(std::move(sessions), static_cast<std::size_t>(count),
                                            cli::threads_for(static_cast<unsigned>(threads)), seed);
  }

  void reset(std::optional<std::uint64_t> seed, Array<float> observations) {
    const auto rows = numbers_of(observations, environments_->size() * numbers_);
    if (const auto begun = environments_->reset(seed, rows); !begun) raise(begun.error());
    begun_ = true;
  }
  void step(Array<std::int64_t> actions, Array<float> observations, Array<double> rewards,
            Array<std::uint8_t> terminated, Array<std::uint8_t> truncated, Array<double> qoe) {
    if (!begun_) refuse("no session runs; reset() begins them");
    const std::size_t count = environments_->size();
    const auto chosen = numbers_of(actions, count);
    const VectorEnvironment::Buffers buffers{
        .observations = numbers_of(observations, count * numbers_),
        .rewards = numbers_of(rewards, count),
        .terminated = numbers_of(terminated, count),
        .truncated = numbers_of(truncated, count),
        .qoe = numbers_of(qoe, count)};
    if (const auto wrong = environments_->impossible(chosen))
      refuse(fmt::format("there is no representation {} of the segment of environment {}",
                         chosen[*wrong], *wrong),
             "actions");
    const py::gil_scoped_release others_run;
    environments_->step(chosen, buffers);
  }

 private:
  std::size_t numbers_;
  std::unique_ptr<VectorEnvironment> environments_;
  bool begun_ = false;
};

}  // namespace
}  // namespace rung::python

PYBIND11_MODULE(_rung, module) {
  using namespace rung::python;
  module.attr("version") = RUNG_VERSION;
  py::class_<SessionSettings>(module, "Settings")
      .def(py::init([](std::string profile, std::optional<std::string> estimator,
                       std::optional<std::string> qoe, std::optional<double> buffer,
                       std::optional<double> startup, std::optional<double> resume,
                       std::optional<double> rtt, std::optional<double> overhead,
                       std::optional<bool> abandonment) {
             return SessionSettings{.profile = std::move(profile),
                                    .estimator = std::move(estimator),
                                    .qoe = std::move(qoe),
                                    .buffer = buffer,
                                    .startup = startup,
                                    .resume = resume,
                                    .rtt = rtt,
                                    .overhead = overhead,
                                    .abandonment = abandonment};
           }),
           py::kw_only(), py::arg("profile") = "", py::arg("estimator") = py::none(),
           py::arg("qoe") = py::none(), py::arg("buffer") = py::none(),
           py::arg("startup") = py::none(), py::arg("resume") = py::none(),
           py::arg("rtt") = py::none(), py::arg("overhead") = py::none(),
           py::arg("abandonment") = py::none());
  module.def("simulate", &simulate);
  module.def("sweep", &sweep);
  module.def("policy_names", [] {
    const auto names = rung::abr::policy_names();
    return Strings(names.begin(), names.end());
  });
  py::class_<Sweep, std::shared_ptr<Sweep>>(module, "Sessions")
      .def(py::init(&load_sessions))
      .def_property_readonly("observation_size", &Environment::observation_size)
      .def_property_readonly("action_count", &Environment::action_count);
  py::class_<PyEnvironment>(module, "Environment")
      .def(py::init([](const std::shared_ptr<Sweep>& sessions, std::uint64_t seed) {
        return std::make_unique<PyEnvironment>(sessions, seed);
      }))
      .def("reseed", &PyEnvironment::reseed)
      .def("reset", &PyEnvironment::reset)
      .def("step", &PyEnvironment::step)
      .def("observe", &PyEnvironment::observe, py::arg("numbers").noconvert())
      .def("report", &PyEnvironment::report);
  py::class_<PyVectorEnvironment>(module, "VectorEnvironment")
      .def(py::init([](const std::shared_ptr<Sweep>& sessions, std::int64_t count,
                       std::int64_t threads, std::uint64_t seed) {
        return std::make_unique<PyVectorEnvironment>(sessions, count, threads, seed);
      }))
      .def("reset", &PyVectorEnvironment::reset, py::arg("seed"),
           py::arg("observations").noconvert())
      .def("step", &PyVectorEnvironment::step, py::arg("actions").noconvert(),
           py::arg("observations").noconvert(), py::arg("rewards").noconvert(),
           py::arg("terminated").noconvert(), py::arg("truncated").noconvert(),
           py::arg("qoe").noconvert());
}
