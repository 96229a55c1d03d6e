return await MallBots.Local.CommandLine.RunAsync(args);
