using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.Bindings;

/// <summary>`bindings.localstorage`: files below one folder.</summary>
internal sealed class LocalStorage(string name, string root)
{
    static readonly string[] Operations = ["create", "get", "list", "delete"];

    /// <summary>Opens the binding of a component; its folder is relative to the data folder.</summary>
    public static LocalStorage Open(Component component, string dataDirectory) =>
        new(component.Name, Path.GetFullPath(component.Setting("rootPath")!, Path.GetFullPath(dataDirectory)));

    /// <summary>Carries out an operation; null is an answer without content. Throws <see cref="BindingException"/>.</summary>
    public async Task<byte[]?> InvokeAsync(string operation, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> metadata, CancellationToken cancel)
    {
        var fileName = metadata.GetValueOrDefault("fileName");
        switch (operation)
        {
            case "create":
                return await CreateAsync(fileName ?? Guid.NewGuid().ToString(), data, cancel);
            case "get":
                return await File.ReadAllBytesAsync(Existing(fileName), cancel);
            case "list":
                var folder = fileName is null ? root : Below(fileName);
                string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
                return JsonSerializer.SerializeToUtf8Bytes(files.Order(StringComparer.Ordinal));
            case "delete":
                File.Delete(Existing(fileName));
                return null;
            default:
                throw new BindingException($"binding {name} does not support operation {operation}. supported operations:{string.Join(' ', Operations)}");
        }
    }

    async Task<byte[]> CreateAsync(string fileName, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        var path = Below(fileName);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, FromBase64(Unquoted(data)), cancel);
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["fileName"] = Path.GetRelativePath(root, path) });
    }

    string Existing(string? fileName)
    {
        if (string.IsNullOrEmpty(fileName)) throw new BindingException("required metadata not set: fileName");
        var path = Below(fileName);
        return File.Exists(path) ? path : throw new BindingException($"file not found: {fileName}");
    }

    // A name never leads out of the folder, whatever `..` it has.
    string Below(string fileName)
    {
        var path = Path.GetFullPath(Path.Join(root, Path.GetFullPath("/" + fileName)));
        return path.Length > root.Length ? path : throw new BindingException($"'{fileName}' is no file name");
    }

    // Binary data comes in base64. As in Dapr, one word that happens to be base64 is decoded too; several words are not (.NET would skip blanks).
    static ReadOnlyMemory<byte> FromBase64(ReadOnlyMemory<byte> data)
    {
        if (data.Span.ContainsAny((byte)' ', (byte)'\t')) return data;
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(data.Length)];
        return Base64.DecodeFromUtf8(data.Span, decoded, out _, out var length) == OperationStatus.Done ? decoded.AsMemory(0, length) : data;
    }

    // Data that is one JSON string is written as its text, as recorded (binding-create, binding-get).
    static ReadOnlyMemory<byte> Unquoted(ReadOnlyMemory<byte> data)
    {
        if (data.Length < 2 || data.Span[0] != '"') return data;
        try
        {
            return System.Text.Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(data.Span)!);
        }
        catch (JsonException)
        {
            return data;
        }
    }
}

/// <summary>An operation that a binding refuses.</summary>
internal sealed class BindingException(string message) : Exception(message);
