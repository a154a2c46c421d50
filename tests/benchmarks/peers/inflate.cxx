// Decompression alone, in two threads: inflate FILE BYTES_A_CHUNK < PLACES
// where PLACES has a line "position length" for each chunk of the dataset.
#include <fcntl.h>
#include <iostream>
#include <libdeflate.h>
#include <thread>
#include <unistd.h>
#include <vector>

int main(int, char **argv) {
  const int file = open(argv[1], O_RDONLY);
  const std::size_t size = std::stoul(argv[2]);
  std::vector<std::pair<off_t, std::size_t>> places;
  std::size_t n;
  for (off_t at; std::cin >> at >> n;) places.emplace_back(at, n);
  auto work = [&](std::size_t first) {
    auto *inflater = libdeflate_alloc_decompressor();
    std::vector<char> in(2 * size), out(size);
    for (auto i = first; i < places.size(); i += 2) {
      if (pread(file, in.data(), places[i].second, places[i].first) < 0) std::abort();
      if (libdeflate_zlib_decompress(inflater, in.data(), places[i].second, out.data(), size,
                                     nullptr) != LIBDEFLATE_SUCCESS) std::abort();
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
}
