// Reads archives with Java's two readers of ZIP files and holds what they say against the files that went in:
// `java Readers.java FOLDER ARCHIVE...`. ZipFile reads the directory; ZipInputStream reads from the front, by the local headers alone.
import java.io.*;
import java.nio.file.*;
import java.util.*;
import java.util.zip.*;

class Readers {
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        for (int at = 1; at < arguments.length; at++) {
            Path archive = Path.of(arguments[at]);
            Map<String, Long> byDirectory = new TreeMap<>(), byHeaders = new TreeMap<>();
            try (ZipFile zip = new ZipFile(archive.toFile())) {
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    compare(folder, entry, zip.getInputStream(entry), entry.getSize(), entry.getCrc());
                    byDirectory.put(entry.getName(), entry.getSize());
                }
            }
            try (ZipInputStream zip = new ZipInputStream(new BufferedInputStream(Files.newInputStream(archive), 1 << 20))) {
                for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
                    // What stands in the local header: with a data descriptor it would be -1 here.
                    compare(folder, entry, zip, entry.getSize(), entry.getCrc());
                    byHeaders.put(entry.getName(), entry.getSize());
                }
            }
            if (!byDirectory.equals(byHeaders)) throw new IOException(archive + ": directory and headers list other entries");
            System.out.println("java: " + archive.getFileName() + ": " + byDirectory.size() + " entries, twice");
        }
    }

    static void compare(Path folder, ZipEntry entry, InputStream read, long size, long crc) throws IOException {
        Path file = folder.resolve(entry.getName());
        if (entry.getMethod() != ZipEntry.STORED || size != Files.size(file)) throw new IOException(entry + ": " + size + " bytes");
        CRC32 sum = new CRC32();
        byte[] one = new byte[1 << 20], other = new byte[1 << 20];
        long left = size;
        // Of large files the CRC-32 is enough: to read them once more takes as long as all else.
        boolean isLarge = size > 1 << 30;
        try (InputStream given = Files.newInputStream(file)) {
            for (int length; (length = read.readNBytes(one, 0, one.length)) > 0; left -= length) {
                if (!isLarge && (given.readNBytes(other, 0, length) != length
                        || !Arrays.equals(one, 0, length, other, 0, length)))
                    throw new IOException(entry + ": other bytes");
                sum.update(one, 0, length);
            }
        }
        if (left != 0 || sum.getValue() != crc) throw new IOException(entry + ": " + left + " bytes short, or another CRC-32");
    }
}
