// The interop conversation of test_interop.py with java.net.http.WebSocket.   usage: java Interop.java URL CA close|wait
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Interop {
    /** Hands each whole message, pong and close to the conversation, as words. */
    static class Ear implements WebSocket.Listener {
        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

        @Override public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                heard.add("text " + text);
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            binary.writeBytes(bytes);
            if (last) {
                heard.add("binary " + binary.toString(StandardCharsets.ISO_8859_1));
                binary.reset();
            }
            socket.request(1);
            return null;
        }

        @Override public CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
            heard.add("pong " + StandardCharsets.UTF_8.decode(data));
            socket.request(1);
            return null;
        }

        @Override public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("closed " + code + " " + reason);
            return null;
        }

        @Override public void onError(WebSocket socket, Throwable error) {
            heard.add("error " + error);
        }

        String next() throws InterruptedException {
            String words = heard.poll(20, TimeUnit.SECONDS);
            return words == null ? "nothing" : words;
        }

        void expect(String words) throws InterruptedException {
            String got = next();
            if (!got.equals(words)) throw new AssertionError("got " + got.length() + ": " + got.substring(0, Math.min(80, got.length())));
        }
    }

    static SSLContext trusting(String authority) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream file = Files.newInputStream(Path.of(authority))) {
            store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    public static void main(String[] arguments) throws Exception {
        Ear ear = new Ear();
        HttpClient client = HttpClient.newBuilder().sslContext(trusting(arguments[1])).build();
        WebSocket socket = client.newWebSocketBuilder().buildAsync(URI.create(arguments[0]), ear).get(20, TimeUnit.SECONDS);
        for (String text : new String[] {"naïve 🚢", "", "größer ".repeat(100_000)}) {
            socket.sendText(text, true).get(20, TimeUnit.SECONDS);
            ear.expect("text " + text);
        }
        for (int size : new int[] {2, 0, 1 << 20}) {
            byte[] bytes = new byte[size];
            for (int index = 0; index < size; index++) bytes[index] = (byte) (index * 7);
            socket.sendBinary(ByteBuffer.wrap(bytes), true).get(20, TimeUnit.SECONDS);
            ear.expect("binary " + new String(bytes, StandardCharsets.ISO_8859_1));
        }
        socket.sendText("one ", false).get(20, TimeUnit.SECONDS);
        socket.sendText("two ", false).get(20, TimeUnit.SECONDS);
        socket.sendText("three", true).get(20, TimeUnit.SECONDS);
        ear.expect("text one two three");
        socket.sendPing(ByteBuffer.wrap("are you there?".getBytes(StandardCharsets.UTF_8))).get(20, TimeUnit.SECONDS);
        ear.expect("pong are you there?");
        System.out.println("exchanged");
        if (arguments[2].equals("close")) socket.sendClose(4001, "fare well").get(20, TimeUnit.SECONDS);
        System.out.println(ear.next());
        System.exit(0);
    }
}
