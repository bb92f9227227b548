#include "cli/mpi_module.h"

#include <mpi.h>

#include <algorithm>
#include <vector>

namespace {

int ranks = 1;

/// The root's text to all, in pieces whose size is an int.
int broadcast(std::vector<char>& text, int root) {
  constexpr std::uint64_t piece = std::uint64_t{1} << 28;
  for (std::uint64_t at = 0; at < text.size(); at += piece)
    if (MPI_Bcast(text.data() + at, static_cast<int>(std::min(piece, text.size() - at)), MPI_CHAR,
                  root, MPI_COMM_WORLD) != MPI_SUCCESS)
      return 1;
  return 0;
}

}  // namespace

extern "C" {

int rung_mpi_join(int* rank, int* size) {
  int provided = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
      provided < MPI_THREAD_FUNNELED)
    return 1;
  if (MPI_Comm_rank(MPI_COMM_WORLD, rank) != MPI_SUCCESS ||
      MPI_Comm_size(MPI_COMM_WORLD, size) != MPI_SUCCESS)
    return 1;
  ranks = *size;
  return 0;
}

int rung_mpi_exchange(const char* text, std::uint64_t size, rung_mpi_take_function take,
                      void* into) {
  std::vector<std::uint64_t> sizes(static_cast<std::size_t>(ranks));
  int own = 0;
  if (MPI_Allgather(&size, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, MPI_COMM_WORLD) !=
          MPI_SUCCESS ||
      MPI_Comm_rank(MPI_COMM_WORLD, &own) != MPI_SUCCESS)
    return 1;
  for (int root = 0; root < ranks; ++root) {
    std::vector<char> part(sizes[static_cast<std::size_t>(root)]);
    if (root == own) std::copy_n(text, size, part.begin());
    if (broadcast(part, root) != 0) return 1;
    take(into, part.data(), part.size());
  }
  return 0;
}

void rung_mpi_leave() { MPI_Finalize(); }
}
