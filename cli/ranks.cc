#include "cli/ranks.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/failure_text.h"
#include "cli/mpi_module.h"

namespace rung::cli {
namespace {

constexpr std::size_t largest_text = std::size_t{1} << 30;

/// Beside the program in a build folder, else where `cmake --install` puts it.
std::filesystem::path module_path() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const auto built = program / RUNG_MPI_MODULE;
  if (std::filesystem::exists(built, error)) return built;
  return program.parent_path() / RUNG_MODULE_DIR / RUNG_MPI_MODULE;
}

Error not_understood() {
  return {ErrorCode::malformed, "a rank tells what this one does not understand", {}};
}

/// What the module hands over, one rank's text after the other.
void take_text(void* into, const char* text, std::uint64_t size) {
  static_cast<std::vector<std::string>*>(into)->emplace_back(text, size);
}

}  // namespace

/// Never unloaded: Open MPI's own threads may still run in it.
struct Ranks::Library {
  rung_mpi_exchange_function exchange = nullptr;
  rung_mpi_leave_function leave = nullptr;
};

Ranks::~Ranks() = default;

Expected<std::unique_ptr<Ranks>> Ranks::join() {
  std::unique_ptr<Ranks> ranks(new Ranks);
  const char* const started = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (started == nullptr || std::string(started) == "1") return ranks;
  const std::string path = module_path().string();
  // Open MPI loads parts of its own that look for its symbols.
  void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    const char* const why = ::dlerror();
    return failure(ErrorCode::unsupported,
                   fmt::format("mpirun started several processes, but this rung cannot load its "
                               "part for Open MPI ({}); build it with Open MPI installed "
                               "(RUNG_MPI), or run it without mpirun",
                               why == nullptr ? "no reason is told" : why),
                   path);
  }
  auto library = std::make_unique<Library>();
  const auto join = reinterpret_cast<rung_mpi_join_function>(::dlsym(handle, "rung_mpi_join"));
  library->exchange =
      reinterpret_cast<rung_mpi_exchange_function>(::dlsym(handle, "rung_mpi_exchange"));
  library->leave = reinterpret_cast<rung_mpi_leave_function>(::dlsym(handle, "rung_mpi_leave"));
  if (join == nullptr || library->exchange == nullptr || library->leave == nullptr ||
      join(&ranks->rank_, &ranks->size_) != 0)
    return failure(ErrorCode::unsupported, "Open MPI cannot be started", path);
  ranks->library_ = std::move(library);
  return ranks;
}

Expected<std::vector<std::string>> Ranks::exchange(const std::string& own) {
  if (!library_) return std::vector<std::string>{own};
  const bool fits = own.size() <= largest_text;
  std::vector<std::string> texts;
  // A first letter tells the others of a text that is too large to go.
  const std::string sent = fits ? "+" + own : "-";
  if (library_->exchange(sent.data(), sent.size(), take_text, &texts) != 0)
    return failure(ErrorCode::io, "the ranks cannot exchange what they have come to");
  for (std::string& text : texts) {
    if (!text.starts_with('+'))
      return failure(ErrorCode::limit_exceeded,
                     "what a rank has come to is larger than 1 GiB; run a part at a time");
    text.erase(0, 1);
  }
  return texts;
}

Expected<std::vector<std::string>> Ranks::gather(std::size_t size, std::vector<std::string> own) {
  if (!library_) {
    own.resize(size);
    return own;
  }
  std::string sent;
  for (const std::string& text : own) sent += fmt::format("{} {}", text.size(), text);
  own.clear();
  const auto texts = exchange(sent);
  if (!texts) return tl::unexpected(texts.error());
  std::vector<std::string> all(size);
  for (std::size_t rank = 0; rank < texts->size(); ++rank) {
    std::string_view text = (*texts)[rank];
    for (std::size_t i = rank; !text.empty(); i += texts->size()) {
      std::size_t length = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      if (error != std::errc() || i >= size || text.empty() || length > text.size() - 1)
        return tl::unexpected(not_understood());
      all[i] = text.substr(1, length);
      text.remove_prefix(1 + length);
    }
  }
  return all;
}

std::optional<Error> Ranks::first_failure(const std::optional<Error>& own, std::uint64_t digest) {
  if (!library_) return own;
  using Json = nlohmann::json;
  Json json{{"digest", own ? 0 : digest}};
  if (own) json["error"] = format_failure(*own);
  const auto texts = exchange(json.dump());
  if (!texts) return texts.error();
  std::vector<Json> told;
  for (const std::string& text : *texts) told.push_back(Json::parse(text));
  for (std::size_t rank = 0; rank < told.size(); ++rank) {
    if (!told[rank].contains("error")) continue;
    Error error;
    if (!parse_failure(told[rank]["error"].get<std::string>(), error)) return not_understood();
    if (rank > 0) error.message += fmt::format(" (on rank {} of {})", rank, size_);
    return error;
  }
  for (std::size_t rank = 1; rank < told.size(); ++rank)
    if (told[rank]["digest"] != told[0]["digest"])
      return Error{.code = ErrorCode::invalid_argument,
                   .message = fmt::format(
                       "rank {} of {} runs something else than rank 0: a policy, a title, a trace, "
                       "an option or Rung's version differs; without OMPI_COMM_WORLD_SIZE in its "
                       "environment each process runs for itself",
                       rank, size_),
                   .where = "mpirun"};
  return std::nullopt;
}

bool Ranks::tells() {
  const char* const rank = std::getenv("OMPI_COMM_WORLD_RANK");
  return rank == nullptr || std::string(rank) == "0";
}

void Ranks::leave() {
  if (library_) library_->leave();
}

}  // namespace rung::cli
