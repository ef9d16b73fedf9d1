import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * Runs a server for as long as the program lives that started this one. The end of that program, however it comes, is the end of the standard input here;
 * the server then stops, and its folder, which nobody else can remove any more, goes with it.
 */
final class Launcher {
    private Launcher() {}

    /** Starts the server, which gives what stops it. Does not return. */
    static void run(Path folder, Callable<AutoCloseable> start) {
        try {
            try (AutoCloseable server = start.call()) {
                while (System.in.read() >= 0) {
                    // nothing is ever said, but the end
                }
            }
            delete(folder);
        } catch (Throwable e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1); // threads of a server half started would keep an exit waiting
        }
        Runtime.getRuntime().halt(0);
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.sorted(Comparator.reverseOrder()).toList(); // what is in a folder before the folder
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
