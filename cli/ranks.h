#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"

namespace rung::cli {

/// The processes that mpirun started as one run of the program, each of which takes its share of a
/// sweep; without mpirun, this process alone. A resource, used on the main thread.
class Ranks {
 public:
  /// Open MPI is loaded only where mpirun has started the process (by its variable
  /// OMPI_COMM_WORLD_SIZE). Fails (unsupported) where Rung was built without it.
  static Expected<std::unique_ptr<Ranks>> join();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  ~Ranks();

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  /// Whether it is this one that writes and prints.
  [[nodiscard]] bool first() const { return rank_ == 0; }

  /// The numbers below `size` are shared out: each rank has every so manieth. How many this one
  /// has, and which its `own`th is.
  [[nodiscard]] std::size_t share(std::size_t size) const {
    const auto rank = static_cast<std::size_t>(rank_);
    return size > rank ? (size - rank - 1) / static_cast<std::size_t>(size_) + 1 : 0;
  }
  [[nodiscard]] std::size_t place(std::size_t own) const {
    return static_cast<std::size_t>(rank_) + own * static_cast<std::size_t>(size_);
  }
  /// Of `size` texts that are shared out so, all of them: each rank gives its `own`, in order, and
  /// may leave out the last ones, which are empty then. As exchange() otherwise.
  [[nodiscard]] Expected<std::vector<std::string>> gather(std::size_t size,
                                                          std::vector<std::string> own);
  /// What every rank gives, in their order. Every rank must call it, and waits for the others.
  /// Fails (limit_exceeded) everywhere where a text is larger than 1 GiB.
  [[nodiscard]] Expected<std::vector<std::string>> exchange(const std::string& own);
  /// The failure of the first rank that has one, told with its number where there are others: all
  /// go on, or none does. `digest` is of all that is run; another one than the first rank's is a
  /// failure. Every rank must call it.
  [[nodiscard]] std::optional<Error> first_failure(const std::optional<Error>& own,
                                                   std::uint64_t digest);
  /// Whether this process is the one that tells where the ranks could not be joined.
  [[nodiscard]] static bool tells();
  /// The run is over here. Without it mpirun takes this process for one that has failed, and ends
  /// the others.
  void leave();

 private:
  struct Library;
  Ranks() = default;

  std::unique_ptr<Library> library_;  ///< None for a process alone.
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace rung::cli
