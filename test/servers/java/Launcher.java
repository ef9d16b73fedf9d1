import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * Runs a server until the program ends that started this one, even if it is killed: then the standard
 * input ends. The launcher then stops the server and removes its folder.
 */
final class Launcher {
    private Launcher() {}

    /** Calls start, which starts the server and returns what stops it. Does not return. */
    static void run(Path folder, Callable<AutoCloseable> start) {
        try {
            try (AutoCloseable server = start.call()) {
                while (System.in.read() >= 0) {
                    // only the end matters
                }
            }
            delete(folder);
        } catch (Throwable e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1); // exit would wait for the threads of the server
        }
        Runtime.getRuntime().halt(0);
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.sorted(Comparator.reverseOrder()).toList(); // the content of a folder before the folder
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
